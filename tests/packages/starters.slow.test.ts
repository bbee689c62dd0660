import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { blankProject, installInto, runIn, type BlankProject } from './blank-project.ts'
import { devTools, newcomer, readme, type Newcomer, type Server } from './newcomer.ts'
import { nextFiles } from './starters/next.ts'
import { honoFiles, honoTemplates } from './starters/hono.ts'

/*
 * What `create-next-app` and `create-hono` write today, and what the READMEs of the adapters say to do with it; then
 * what every second application has. `nest new` has a file of its own.
 */

let user: Newcomer
let generators: BlankProject

beforeAll(async () => {
  user = await newcomer()
  generators = await blankProject(path.join(user.folder, 'generators'), 'npm', [], {
    ours: [],
    others: { 'create-next-app': '^16.4.3', 'create-hono': '~0.19.5' },
  })
  await honoTemplates(path.join(generators.folder, 'cache'))
})

afterAll(() => user.close())

/** What looks at style; it takes longest to install, and has no say in anything here. */
const linters = /^eslint/

/** A generated project, in a folder beside the generators. */
async function install(name: string, ours: readonly string[]): Promise<BlankProject> {
  const folder = path.join(user.folder, name)
  await rename(path.join(generators.folder, name), folder)
  const file = path.join(folder, 'package.json')
  const manifest = JSON.parse(await readFile(file, 'utf8')) as { devDependencies: Record<string, string> }
  const needed = Object.entries(manifest.devDependencies).filter(([dependency]) => !linters.test(dependency))
  await writeFile(file, JSON.stringify({ ...manifest, devDependencies: Object.fromEntries(needed) }))
  return installInto(folder, 'npm', user.tarballs, { ours: [...ours, ...devTools], development: devTools })
}

/** npm runs a script of the project, which has to end well. */
async function expectNpm({ run }: BlankProject, ...args: readonly string[]): Promise<void> {
  const { code, stdout, stderr } = await run('npm', ...args)
  expect(`${code} ${code === 0 ? '' : `${stdout}${stderr}`}`).toBe('0 ')
}

const asker =
  ({ url }: Server) =>
  async (route: string, headers: Readonly<Record<string, string>> = {}): Promise<string> => {
    const answer = await fetch(`${url}${route}`, { headers })
    return `${answer.status} ${(await answer.text()).replaceAll('<!-- -->', '')}`
  }

const cookie = (token: string): Readonly<Record<string, string>> => ({ cookie: `session=${token}` })

const key = /aaaaaaaa-0000-4000-8000-000000000001/

describe.concurrent('the README in a project', () => {
  it('of create-next-app, which switches on cacheComponents', async () => {
    const create = 'node_modules/create-next-app/dist/index.js'
    // Empty: the page of the other template takes its fonts from Google, which a test does not ask.
    const options = ['--yes', '--empty', '--skip-install', '--disable-git']
    await user.run(generators, create, 'next-app', ...options)
    const project = await install('next-app', ['@entraguard/core', '@entraguard/next'])
    expect(await readFile(path.join(project.folder, 'next.config.ts'), 'utf8')).toContain(
      'cacheComponents: true',
    )
    const page = readme(project, '@entraguard/next')
    await project.write(await nextFiles((snippet) => user.codeOf(page, snippet)))
    await expectNoEdge(project, page)
    await expectNpm(project, 'run', 'build')

    const server = await user.startCommand('npm', ['start', '--', '--port', '{port}'], project.folder, {
      NODE_ENV: 'test',
      ENTRA_EMULATOR_URL: user.emulator.url,
    })
    for (const route of ['/orders/1', '/api/orders']) await user.expectGuarded(server, route)
    const get = asker(server)
    const bearer = { authorization: `Bearer ${user.tokens.reader}` }
    // A service and a guard of its own know who calls.
    expect(await get('/shelf', bearer)).toMatch(key)
    expect(await get('/shelf')).toMatch(/^401 /)
    expect(await get('/proxied', bearer)).toBe('200 behind the proxy')
    expect(await get('/proxied')).toMatch(/^401 /)
    // An optional route, and a page that refuses.
    expect([await get('/prices'), await get('/prices', bearer)]).toEqual([
      '200 {"reduced":false}',
      '200 {"reduced":true}',
    ])
    expect(await get('/prices', { authorization: 'Bearer bad' })).toMatch(/^401 /)
    expect(await get('/overview', cookie(user.tokens.reader))).toMatch(/orders of aaaaaaaa-0000/)
    for (const headers of [{}, cookie(user.tokens.idToken)]) {
      const refused = await get('/overview', headers)
      expect(refused).toContain('/sign-in')
      expect(refused).not.toContain('orders of')
    }
    expect(await get('/overview', cookie(user.tokens.writer))).not.toMatch(/orders of|\/sign-in/)
    await server.close()

    await user.expectProduction(
      project,
      '/orders/1',
      'node_modules/next/dist/bin/next',
      'start',
      '--port',
      '{port}',
    )
  })

  it('of create-hono, on Node', async () => {
    const project = await createHono('nodejs')
    const page = readme(project, '@entraguard/hono')
    await project.write(await honoFiles((snippet) => user.codeOf(page, snippet)))
    await expectNpm(project, 'run', 'build')
    const server = await user.startCommand('npm', ['start'], project.folder, {
      ENTRA_EMULATOR_URL: user.emulator.url,
    })
    await user.expectGuarded(server, '/api/orders')
    await expectUsual(server)
    await server.close()
    await user.expectProduction(project, '/api/orders', 'dist/index.js')
  })

  it('of create-hono, on Cloudflare Workers', async () => {
    const project = await createHono('cloudflare-workers')
    const page = readme(project, '@entraguard/hono')
    const files = await honoFiles((snippet) => user.codeOf(page, snippet))
    const { 'src/app.ts': app = '', 'src/verifier.ts': verifier = '' } = files
    // As the page says of Workers.
    const bindings = `import { env } from 'cloudflare:workers'\n${verifier.replaceAll('process.env.', 'env.')}`
    await project.write({ ...files, 'src/index.ts': app, 'src/verifier.ts': bindings })
    // The program writes the date of today, which the Workers runtime of a week ago does not know yet; and Hono's storage
    // of a context, by which the service asks who calls, needs the flag.
    const settings = ['--compatibility-date=2026-07-01', '--compatibility-flags=nodejs_als']
    const ports = ['--port', '{port}', '--inspector-port', '0', ...settings]
    const variable = ['--var', `ENTRA_EMULATOR_URL:${user.emulator.url}`]
    const server = await user.startCommand(
      'npm',
      ['run', 'dev', '--', ...ports, ...variable],
      project.folder,
      {
        CI: '1',
      },
    )
    await user.expectGuarded(server, '/api/orders')
    await expectUsual(server)
    await expectNpm(project, 'run', 'deploy', '--', '--dry-run', ...settings)
  })
})

/** As the page says of it: `cacheComponents` and the edge runtime exclude each other. */
async function expectNoEdge(project: BlankProject, page: string): Promise<void> {
  const file = 'app/edge/orders/route.ts'
  await project.write({ [file]: await user.codeOf(page, `tests/next/fixtures/main/${file}#edge`) })
  const { code, stdout, stderr } = await project.run('npm', 'run', 'build')
  expect([code, `${stdout}${stderr}`]).toEqual([1, expect.stringMatching(/runtime.*cacheComponents/)])
  await rm(path.join(project.folder, 'app/edge'), { recursive: true })
}

/** The program of Hono is the real one; GitHub, where it takes its templates from, is not asked. */
async function createHono(template: 'nodejs' | 'cloudflare-workers'): Promise<BlankProject> {
  const { code, stdout, stderr } = await runIn(generators.folder, {
    XDG_CACHE_HOME: path.join(generators.folder, 'cache'),
    // It asks every package manager for its version, and whom to install with: here nobody answers, and it asks nothing.
    PATH: generators.folder,
  })(process.execPath, 'node_modules/create-hono/bin', template, `--template=${template}`, '--offline')
  expect(`${code} ${code === 0 ? '' : `${stdout}${stderr}`}`).toBe('0 ')
  return install(template, ['@entraguard/core', '@entraguard/hono'])
}

/** A service and a guard of its own know who calls; an optional route, and a page that refuses. */
async function expectUsual(server: Server): Promise<void> {
  const get = asker(server)
  const bearer = { authorization: `Bearer ${user.tokens.reader}` }
  expect(await get('/api/shelf', bearer)).toMatch(key)
  expect(await get('/api/shelf')).toMatch(/^401 /)
  expect([await get('/prices'), await get('/prices', bearer)]).toEqual([
    '200 {"reduced":false}',
    '200 {"reduced":true}',
  ])
  expect(await get('/prices', { authorization: 'Bearer bad' })).toMatch(/^401 /)
  expect(await get('/api/page', { authorization: `Bearer ${user.tokens.writer}` })).toBe(
    '403 <p>This page is not for you: scope_missing</p>',
  )
}
