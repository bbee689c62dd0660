import { readArguments } from '../arguments.ts'
import type { Command } from '../command.ts'
import { noEmulator, readAddress } from '../network.ts'
import { exitCodes, printable, UsageError, withProgress, type Terminal } from '../terminal.ts'
import { strangersIn } from '../unexposed.ts'

const defaultAddress = 'http://127.0.0.1:8484'

/** Mints a token from a running emulator. */
export const token: Command = {
  summary: 'mint a token from a running emulator',
  help: `Usage: entraguard token [options]

Mints a token at an emulator that was started with "entraguard emulator". Only the token goes to standard output. A scope
or role that the API does not expose is put into the token all the same, with a warning.

  --emulator URL       scheme, host and port of the emulator (default ${defaultAddress}, or ENTRAGUARD_EMULATOR)
  --kind KIND          user (default), app, b2c, id; an option that has no effect on the kind is refused
  --version VERSION    1.0 or 2.0 (default: as the API is registered)
  --scopes "A B"       delegated permissions
  --roles "A B"        app roles, or application permissions with --kind app
  --audience AUD       --tenant GUID   --user NAME   --client-id GUID
  --expires-in N       lifetime in seconds; --expires-in=-600 makes an expired token
  --claims JSON        claims to set, for tokens that are wrong on purpose

Examples:
  curl -H "Authorization: Bearer $(entraguard token --scopes Orders.Read)" http://localhost:3000/orders
  entraguard token --kind app --roles Orders.Read.All | entraguard decode
`,
  run: async (args, terminal) => {
    const {
      emulator,
      kind: asked = 'user',
      scopes,
      roles,
      claims,
      ...values
    } = readArguments(args, {
      emulator: { type: 'string' },
      kind: { type: 'string' },
      version: { type: 'string' },
      scopes: { type: 'string' },
      roles: { type: 'string' },
      audience: { type: 'string' },
      tenant: { type: 'string' },
      user: { type: 'string' },
      'client-id': { type: 'string' },
      'expires-in': { type: 'string' },
      claims: { type: 'string' },
    })
    const kind = readKind(asked, { ...values, scopes, roles })
    const { 'expires-in': seconds } = values
    const expiresIn = seconds === undefined ? undefined : Number(seconds.trim() === '' ? Number.NaN : seconds)
    if (Number.isNaN(expiresIn)) throw new UsageError('--expires-in must be a number of seconds')
    const body = {
      kind,
      version: values.version,
      scopes: words(scopes),
      roles: words(roles),
      audience: values.audience,
      tenantId: values.tenant,
      user: values.user,
      clientId: values['client-id'],
      expiresIn,
      claims: claims === undefined ? undefined : readClaims(claims),
    }
    const address = chooseAddress(emulator, terminal)
    const work = mint(address, body, terminal)
    const minted = await withProgress(terminal, `Asking the emulator at ${printable(address)}`, work)
    const stranger = await strangersIn(minted, { ...body, address }, terminal)
    if (stranger !== undefined) terminal.stderr.write(`entraguard token: ${printable(stranger)}\n`)
    terminal.stdout.write(`${minted}\n`)
    return exitCodes.done
  },
}

/** The option, else the variable. One that is set to nothing counts as not set, as in a compose file. */
function chooseAddress(option: string | undefined, { env }: Terminal): string {
  if (option !== undefined) return readAddress(option)
  const { ENTRAGUARD_EMULATOR: variable = '' } = env
  return variable === '' ? defaultAddress : readAddress(variable, 'ENTRAGUARD_EMULATOR')
}

/** What a kind of token cannot say. */
const foreign = {
  user: [],
  app: ['scopes', 'user'],
  b2c: ['roles', 'version'],
  id: ['roles', 'client-id'],
} as const

/** @throws {UsageError} also for an option that would have no effect on this kind of token. */
function readKind(asked: string, options: Readonly<Record<string, unknown>>): keyof typeof foreign {
  const kinds = Object.keys(foreign)
  if (!isKind(asked)) throw new UsageError(`--kind must be one of ${kinds.join(', ')}`)
  const without = foreign[asked].find((name) => options[name] !== undefined)
  if (without === undefined) return asked
  throw new UsageError(`--${without} has no effect on --kind ${asked}: leave out one of the two`)
}

const isKind = (text: string): text is keyof typeof foreign => Object.hasOwn(foreign, text)

function words(list: string | undefined): readonly string[] | undefined {
  return list?.split(/[\s,]+/).filter((word) => word !== '')
}

function readClaims(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new UsageError('--claims must be a JSON object, for example \'{"aud":"another-api"}\'')
  }
}

/** The emulator's own are far shorter; what else answers there must not fill the screen. */
const longestRefusal = 1000

async function mint(address: string, body: object, { fetch, signal }: Terminal): Promise<string> {
  let response: Response
  try {
    response = await fetch(new URL('/__emulator/token', address).href, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal,
    })
  } catch (error) {
    throw new UsageError(noEmulator(address, error))
  }
  const answer: unknown = await response.json().catch(() => undefined)
  const minted = memberOf(answer, 'token')
  // Printed as it is, and to a terminal perhaps: whatever answers there may have written it.
  if (response.ok && minted !== undefined && /^[\w.-]+$/.test(minted)) return minted
  const refusal = memberOf(answer, 'error')
  throw new UsageError(
    refusal === undefined
      ? `What answers at ${address} is not an emulator (status ${response.status})`
      : `The emulator refused: ${refusal.slice(0, longestRefusal)}`,
  )
}

function memberOf(answer: unknown, name: string): string | undefined {
  const value: unknown = typeof answer === 'object' && answer !== null ? Reflect.get(answer, name) : undefined
  return typeof value === 'string' ? value : undefined
}
