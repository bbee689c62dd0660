import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'

import { createEmulator, type Emulator } from '@entraguard/emulator'
import { listen, type Listening } from '@entraguard/emulator/node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { buildNext, startNext, type NextServer } from './next-process.ts'

// Rows of docs/what-the-guard-sees-next.md, under the names that they have there, on a production build.

const app = path.join(import.meta.dirname, 'fixtures/what-the-guard-sees')

let entra: Emulator
let emulator: Listening
let server: NextServer
let buildId: string
/** Another server, to which a rewrite leads, and the headers that it got. */
let elsewhere: Server
let arrived: IncomingHttpHeaders = {}

type Headers = Readonly<Record<string, string>>
const nobody: Headers = {}
let reader: Headers
let writer: Headers
let other: Headers

const bearer = (token: string): Headers => ({ authorization: `Bearer ${token}` })

beforeAll(async () => {
  entra = await createEmulator()
  emulator = await listen(entra)
  elsewhere = createServer((request, response) => {
    arrived = request.headers
    response.end('answered elsewhere')
  }).listen(0, '127.0.0.1')
  await once(elsewhere, 'listening')
  const environment = { ELSEWHERE_URL: `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}` }
  const { ok, output } = await buildNext(app, environment)
  if (!ok) throw new Error(output)
  buildId = await readFile(path.join(app, '.next/BUILD_ID'), 'utf8')
  server = await startNext(app, { ...environment, ENTRA_EMULATOR_URL: emulator.url })
  reader = bearer(await entra.issueUserToken({ scopes: ['Orders.Read'] }))
  writer = bearer(await entra.issueUserToken({ scopes: ['Orders.Read', 'Orders.Write'] }))
  const oid = 'bbbbbbbb-0000-4000-8000-000000000002'
  other = bearer(await entra.issueUserToken({ scopes: ['Orders.Read'], claims: { oid } }))
})

afterAll(async () => {
  await server?.stop()
  elsewhere?.close()
  await emulator?.close()
})

interface Answer {
  readonly status: number
  readonly text: string
  readonly headers: globalThis.Headers
}

interface Sent {
  readonly method: string
  readonly body?: string | FormData
  readonly headers?: Headers
}

async function ask(where: string, headers: Headers = nobody, init?: Sent): Promise<Answer> {
  const response = await fetch(`${server.url}${where}`, {
    ...init,
    headers: { ...init?.headers, ...headers },
  })
  return { status: response.status, text: await response.text(), headers: response.headers }
}

let marks = 0

/** What the server prints because of that. */
async function printedBy(work: () => Promise<unknown>): Promise<string> {
  const before = server.output().length
  await work()
  const mark = `mark ?${(marks += 1)}`
  await ask(`/mark?${marks}`)
  await expect.poll(() => server.output()).toContain(mark)
  return server.output().slice(before)
}

describe('a route handler in withEntraGuard', () => {
  it('answers with a token only, also behind a rewrite, for HEAD, and in draft mode', async () => {
    const draft = await fetch(`${server.url}/draft`)
    const cookie = draft.headers
      .getSetCookie()
      .map((each) => each.split(';')[0])
      .join('; ')
    expect(cookie).toContain('__prerender_bypass=')
    for (const where of ['/handler', '/rewritten/handler']) {
      for (const headers of [nobody, { cookie }]) {
        const refused = await ask(where, headers)
        expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, expect.any(String)])
        expect((await ask(where, headers, { method: 'HEAD' })).status).toBe(401)
      }
      expect(await ask(where, reader)).toMatchObject({ status: 200, text: expect.stringContaining('secret') })
    }
  })

  it('is not asked for OPTIONS, which Next answers with the methods that there are', async () => {
    const { status, text, headers } = await ask('/handler', nobody, { method: 'OPTIONS' })
    expect([status, text, headers.get('allow')]).toEqual([204, '', 'GET, HEAD, OPTIONS, POST'])
  })
})

describe('an export beside it that is not wrapped', () => {
  it('answers everybody', async () => {
    expect((await ask('/handler', nobody, { method: 'POST' })).text).toContain('secret')
  })
})

const send = (where: string, body: string, headers: Headers = nobody): Promise<Answer> =>
  ask(where, headers, { method: 'POST', body, headers: { 'content-type': 'application/json' } })

describe('an API route in withEntraGuardApi', () => {
  it('answers with a token only; what bodyParser says of the body, everybody hears before', async () => {
    expect((await send('/api/body', '{}')).status).toBe(401)
    expect((await send('/api/body', '{')).status).toBe(400)
    expect((await send('/api/body', JSON.stringify('x'.repeat(100)))).status).toBe(413)
    expect((await send('/api/body', '{}', reader)).text).toContain('secret')
    for (const body of ['{', JSON.stringify('x'.repeat(100))])
      expect((await send('/api/raw-body', body)).status).toBe(401)
    expect((await send('/api/raw-body', '{', reader)).text).toContain('secret')
  })
})

describe('the wrong wrapper', () => {
  it.each(['/wrong-wrapper', '/api/edge-wrong', '/api/node-wrong'])('%s answers nobody', async (where) => {
    for (const headers of [nobody, reader]) {
      const { status, text } = await ask(where, headers)
      expect(status).toBe(500)
      expect(text).not.toContain('secret')
    }
  })

  it('and the log says which is the right one', async () => {
    await expect.poll(() => server.output()).toContain('withEntraGuardApi is for pages/api on Node')
    await expect.poll(() => server.output()).toContain('use withEntraGuardApi for pages/api on Node')
  })

  it('withEntraGuard is the right one for pages/api on edge', async () => {
    expect((await ask('/api/edge')).status).toBe(401)
    expect((await ask('/api/edge', reader)).text).toContain('secret')
  })
})

describe('an optional token', () => {
  it('may be absent, and must be good where it is there', async () => {
    expect((await ask('/optional-handler')).text).toBe('{"for":"nobody"}')
    expect((await ask('/optional-handler', reader)).text).toMatch(/"for":"[0-9a-f-]{36}"/)
    expect((await ask('/optional-handler', bearer('forged'))).status).toBe(401)
    expect((await ask('/optional')).text).toContain('for nobody')
    expect((await ask('/optional', reader)).text).toMatch(/for [0-9a-f-]{36}/)
    expect((await ask('/optional', bearer('forged'))).status).toBe(500)
  })

  it('makes no page static', async () => {
    expect((await ask('/optional')).headers.get('cache-control')).toContain('no-store')
  })
})

describe('a page that catches every error of getIdentity', () => {
  it('is rendered for each request all the same', async () => {
    expect((await ask('/careless')).text).toContain('for nobody')
    expect((await ask('/careless', reader)).text).toMatch(/for [0-9a-f-]{36}/)
    expect((await ask('/careless')).text).toContain('for nobody')
  })
})

describe('a page that asks getIdentity', () => {
  it('shows strangers nothing of itself', async () => {
    const refused = await ask('/metadata')
    expect(refused.status).toBe(500)
    expect(refused.text).not.toContain('secret of the page')
    expect((await ask('/metadata', reader)).text).toContain('secret of the page')
  })
})

describe('generateMetadata of such a page', () => {
  it('runs by itself: what it says, everybody sees', async () => {
    expect((await ask('/metadata')).text).toContain('secret of the title')
  })
})

describe('a page behind a layout that asks', () => {
  it.each(['/in-layout', '/in-layout/inner'])(
    '%s goes out to strangers, whatever the layout shows',
    async (where) => {
      const { text } = await ask(where)
      expect(text).toContain('refused by the layout')
      expect(text).toContain('secret of the')
    },
  )
})

describe('parallel and intercepting routes', () => {
  it('are pages of their own: a slot does not wait for what the page beside it says', async () => {
    const { text } = await ask('/parallel')
    expect(text).toContain('refused by the page')
    expect(text).not.toContain('secret of the page')
    expect(text).toContain('secret of the slot')
  })

  it('an interception answers in place of the page at its address', async () => {
    const tree = ['', { children: ['feed', { children: ['__PAGE__', {}] }] }, null, null, true]
    const client = {
      rsc: '1',
      'next-url': '/feed',
      'next-router-state-tree': encodeURIComponent(JSON.stringify(tree)),
    }
    expect((await ask('/photo', client)).text).toContain('secret of the interception')
    const visit = await ask('/photo')
    expect(visit.text).toContain('refused by the page')
    expect(visit.text).not.toContain('secret of the')
  })
})

describe('metadata files', () => {
  it('are addresses of their own: a sitemap, an image beside a guarded page', async () => {
    expect((await ask('/sitemap.xml')).text).toContain('secret-of-the-sitemap')
    expect((await ask('/og')).text).not.toContain('secret')
    expect((await ask('/og/opengraph-image')).text).toBe('secret of the image')
  })

  it('can ask getIdentity, and then are made for each request', async () => {
    const refused = await ask('/og-asking/opengraph-image')
    expect(refused.status).toBe(500)
    expect(refused.text).not.toContain('secret')
    expect((await ask('/og-asking/opengraph-image', reader)).text).toContain('secret of the image, for')
  })
})

/** The hidden fields by which a form of the page calls its action. */
function actionOf(page: string, form: string): { readonly id: string; readonly fields: FormData } {
  const inner = new RegExp(`<form[^>]*id="${form}"[^>]*>(.*?)</form>`, 's').exec(page)?.[1] ?? ''
  const fields = new FormData()
  for (const [, name = '', value = ''] of inner.matchAll(
    /<input type="hidden" name="([^"]+)"(?: value="([^"]*)")?/g,
  ))
    fields.set(name, value.replaceAll('&quot;', '"').replaceAll('&amp;', '&'))
  const id = /ACTION_ID_([0-9a-f]+)/.exec([...fields.keys()].join(' '))?.[1] ?? ''
  return { id, fields }
}

describe('a server action', () => {
  let page: string
  beforeAll(async () => {
    page = (await ask('/actions', reader)).text
  })

  /** By its form, or by its id at another page. */
  const waysOf = (form: string) => {
    const { id, fields } = actionOf(page, form)
    const origin = { origin: server.url }
    const byId = (where: string) => (headers: Headers) =>
      ask(where, headers, {
        method: 'POST',
        body: '[]',
        headers: { ...origin, 'next-action': id, 'content-type': 'text/plain' },
      })
    return {
      'its form': (headers: Headers) =>
        ask('/actions', headers, { method: 'POST', body: fields, headers: origin }),
      'its id, at its page': byId('/actions'),
      'its id, at a public page': byId('/open'),
    }
  }

  it.each(['its form', 'its id, at its page', 'its id, at a public page'] as const)(
    'that asks getIdentity decides for itself, called by %s',
    async (way) => {
      for (const headers of [nobody, reader])
        expect(await printedBy(() => waysOf('asking')[way](headers))).not.toContain('asking action ran')
      expect(await printedBy(() => waysOf('asking')[way](writer))).toContain('asking action ran')
    },
  )

  it.each(['its form', 'its id, at its page', 'its id, at a public page'] as const)(
    'that relies on its page runs for everybody who knows the id, called by %s',
    async (way) => {
      expect(await printedBy(() => waysOf('trusting')[way](nobody))).toContain('trusting action ran')
    },
  )

  it('that closes over the identity of its page runs as that user, whoever sends the form and when', async () => {
    const { fields } = actionOf(page, 'capturing')
    const printed = await printedBy(() =>
      ask('/actions', nobody, { method: 'POST', body: fields, headers: { origin: server.url } }),
    )
    expect(printed).toMatch(/capturing action ran for aaaaaaaa-/)
  })

  it('is not run for a form of another origin', async () => {
    const { fields } = actionOf(page, 'asking')
    const forged = () =>
      ask('/actions', writer, {
        method: 'POST',
        body: fields,
        headers: { origin: 'https://attacker.example' },
      })
    expect(await printedBy(forged)).not.toContain('asking action ran')
  })
})

describe('proxy.ts', () => {
  it('sees the address that came: a rewrite leads past it, and only the wrapper of the handler counts', async () => {
    expect((await ask('/only-proxied')).status).toBe(401)
    expect((await ask('/rewritten/only-proxied')).text).toContain('behind the proxy only')
  })
})

describe('a rewrite to another server', () => {
  it('is for everybody, and takes the token of the caller along', async () => {
    expect((await ask('/elsewhere/x')).text).toBe('answered elsewhere')
    await ask('/elsewhere/x', reader)
    expect(arrived.authorization).toBe(reader['authorization'])
  })
})

describe('unstable_cache', () => {
  it('hands what it kept for the first caller to the next, unless the caller is in its key', async () => {
    const first = JSON.parse((await ask('/data-cache', reader)).text) as Record<string, string>
    const next = JSON.parse((await ask('/data-cache', other)).text) as Record<string, string>
    expect(first['careless']).toBe(first['careful'])
    expect(next['careful']).toMatch(/\.bbbbbbbb-/)
    expect(next['careless']).toBe(first['careless'])
  })

  it('and getIdentity inside it: refused for everybody', async () => {
    for (const headers of [nobody, reader]) {
      const { status, text } = await ask('/cached-identity', headers)
      expect(status).toBe(500)
      expect(text).not.toContain('secret')
    }
  })
})

describe('after', () => {
  it('runs with the identity of its own request; getIdentity works there in handlers and not in pages', async () => {
    expect((await ask('/after-handler')).status).toBe(401)
    await ask('/after-handler', reader)
    await ask('/after-page', other)
    await expect.poll(() => server.output()).toMatch(/after the handler: (aaaaaaaa-\S+) \1/)
    await expect.poll(() => server.output()).toMatch(/after the page: bbbbbbbb-\S+ nobody/)
  })
})

describe('the image optimizer', () => {
  it('asks without the token of the caller, and keeps no guarded picture for strangers', async () => {
    const optimized = '/_next/image?url=%2Fpicture&w=640&q=75'
    expect((await ask('/picture')).status).toBe(401)
    expect((await ask('/picture', reader)).headers.get('content-type')).toBe('image/png')
    const printed = await printedBy(async () => {
      for (const headers of [reader, nobody]) expect((await ask(optimized, headers)).status).toBe(401)
    })
    expect(printed).not.toContain('picture was read')
  })
})

describe('getServerSideProps and getStaticProps', () => {
  it('what getServerSideProps asks, it asks behind _next/data as well', async () => {
    for (const where of ['/server-props', `/_next/data/${buildId}/server-props.json`]) {
      expect((await ask(where)).text).toContain('refused token_missing')
      expect((await ask(where, reader)).text).toContain('secret for')
    }
  })

  it('what getStaticProps says, everybody sees', async () => {
    for (const where of ['/static-props', `/_next/data/${buildId}/static-props.json`])
      expect((await ask(where)).text).toContain('secret of the build')
  })

  it('getIdentity has no request there: it answers nobody', async () => {
    for (const headers of [nobody, reader]) {
      const { status, text } = await ask('/identity-props', headers)
      expect(status).toBe(500)
      expect(text).not.toContain('secret')
    }
  })
})

describe('public files, static pages and what is not found', () => {
  it('are for everybody', async () => {
    expect((await ask('/file.txt')).text).toContain('content of the public file')
    expect((await ask('/open')).text).toContain('open to all')
    expect((await ask('/nothing')).text).toContain('nothing here')
  })
})

describe('onRequestError', () => {
  it('is told of what a page refuses, with the headers of the request: the token is among them', async () => {
    const printed = await printedBy(() => ask('/metadata', bearer('forged')))
    expect(printed).toContain('reported token_malformed, authorization present')
  })

  it('is not told of what a wrapper refuses', async () => {
    expect(await printedBy(() => ask('/handler', bearer('forged')))).not.toContain('reported')
  })
})
