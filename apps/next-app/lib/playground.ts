import { forge, isTokenKind, tokenKinds, type TokenKind } from './token-kinds.ts'

/** What one API answered. */
export interface ApiAnswer {
  readonly api: string
  readonly status: number
  readonly challenge: string | null
  readonly code: string | null
  readonly body: string
}

/** One key that an API knows. */
interface ApiKey {
  readonly kid: string
  readonly age: number
  readonly backOff: number
}

/** What one API knows about keys; undefined where it cannot be asked. */
export interface ApiKeys {
  readonly api: string
  readonly keys?: readonly ApiKey[]
}

/** The sample APIs of `scripts/playground.mjs`; an address that is not set is left out. */
function apis(own: string): ReadonlyArray<readonly [string, string]> {
  const { PLAYGROUND_HONO_URL: hono, PLAYGROUND_NEST_URL: nest } = process.env
  return [
    ['Hono', hono ?? ''],
    ['NestJS', nest ?? ''],
    ['Next.js', own],
  ].flatMap(([name = '', url = '']) => (url === '' ? [] : [[name, url] as const]))
}

async function ask(emulator: string, action: string, body: unknown = {}): Promise<Record<string, unknown>> {
  const response = await fetch(`${emulator}/__emulator/${action}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    cache: 'no-store',
  })
  const answer: unknown = await response.json()
  if (!response.ok) throw new Error(`The emulator refused ${action}`)
  return Object(answer)
}

async function mint(emulator: string, kind: unknown): Promise<string> {
  if (!isTokenKind(kind)) throw new TypeError('There is no such kind of token')
  const chosen: TokenKind = tokenKinds[kind]
  const { token } = await ask(emulator, 'token', chosen.options)
  return chosen.isForged === true ? forge(String(token)) : String(token)
}

async function send(own: string, token: unknown): Promise<readonly ApiAnswer[]> {
  return Promise.all(
    apis(own).map(async ([api, url]) => {
      try {
        const response = await fetch(`${url}/orders`, {
          headers: { authorization: `Bearer ${String(token)}` },
          cache: 'no-store',
        })
        const body = await response.text()
        const challenge = response.headers.get('www-authenticate')
        return { api, status: response.status, challenge, code: codeIn(body), body }
      } catch {
        return { api, status: 0, challenge: null, code: null, body: 'It does not answer.' }
      }
    }),
  )
}

function codeIn(body: string): string | null {
  try {
    const code: unknown = Reflect.get(Object(JSON.parse(body)), 'code')
    return typeof code === 'string' ? code : null
  } catch {
    return null
  }
}

async function keysOf(own: string): Promise<readonly ApiKeys[]> {
  return Promise.all(
    apis(own).map(async ([api, url]) => {
      try {
        const response = await fetch(`${url}/keys`, { cache: 'no-store' })
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- our own API on this machine
        return response.ok ? { api, keys: (await response.json()) as readonly ApiKey[] } : { api }
      } catch {
        return { api }
      }
    }),
  )
}

/** What the buttons of the playground do. @throws {TypeError} for an action that does not exist. */
export async function act(
  action: string,
  body: Readonly<Record<string, unknown>>,
  emulator: string,
  own: string,
): Promise<unknown> {
  switch (action) {
    case 'mint':
      return { token: await mint(emulator, body['kind']) }
    case 'send':
      return { answers: await send(own, body['token']) }
    case 'keys':
      return { apis: await keysOf(own) }
    case 'rotate':
    case 'offline':
    case 'online':
      return await ask(emulator, action)
    default:
      throw new TypeError(`There is no ${action}`)
  }
}
