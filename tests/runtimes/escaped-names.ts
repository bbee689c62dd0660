/**
 * Member names that are spelled with escapes. V8 may read one as the beginning of its spelling, once anything in the
 * process made an object of the same shape with such a name (nodejs/node#63785: Node 24.0 to 24.21, 25, 26.0 to 26.10,
 * Deno 2.9). Each check makes that object first, as an attacker would, and then reads what an honest or a hostile
 * writer could have written.
 */
import {
  claimsChallenge,
  createVerifier,
  EntraGuardError,
  graphGroups,
  type DocumentStore,
  type Identity,
  type Verifier,
  type VerifierOptions,
} from '@entraguard/core'
import { explain } from '@entraguard/core/explain'

interface Check {
  readonly name: string
  readonly run: () => Promise<void>
}

const tenant = '1a1a1a1a-2b2b-4c3c-8d4d-5e5e5e5e5e5e'
const user = 'dddddddd-bbbb-4ccc-8ddd-eeeeeeeeeeee'
const group = '77777777-8888-4777-8666-555555555555'
const host = 'https://login.microsoftonline.com'
const now = 1_800_000_000
const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }

const claims = JSON.stringify({
  aud: 'aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee',
  iss: `${host}/${tenant}/v2.0`,
  iat: now,
  exp: now + 3600,
  azp: 'cccccccc-bbbb-4ccc-8ddd-eeeeeeeeeeee',
  oid: user,
  scp: 'Orders.Read',
  sub: 'subject',
  tid: tenant,
  ver: '2.0',
})
const header = JSON.stringify({ typ: 'JWT', alg: 'RS256', kid: 'key' })
const metadata = JSON.stringify({
  issuer: `${host}/${tenant}/v2.0`,
  jwks_uri: `${host}/${tenant}/discovery/v2.0/keys`,
  msgraph_host: 'graph.microsoft.com',
})

const base64url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
const encode = (text: string): string => base64url(new TextEncoder().encode(text))

/** A name is written with its first character as an escape. */
function respell(json: string, name: string): string {
  const spelled = `\\u${name.charCodeAt(0).toString(16).padStart(4, '0')}${name.slice(1)}`
  const respelled = json.replace(`"${name}":`, `"${spelled}":`)
  if (respelled === json) throw new Error(`nothing is named ${name}`)
  return respelled
}

/** The object that misleads: in place of the name, the beginning of its spelling. */
function poisonFor(json: string, name: string): string {
  const spelled = `\\u${name.charCodeAt(0).toString(16).padStart(4, '0')}${name.slice(1)}`
  return json.replace(`"${name}":`, `${JSON.stringify(spelled.slice(0, name.length))}:`)
}

/** The text with this name escaped, after the engine read the object that misleads it. */
function misleading(json: string, name: string): string {
  JSON.parse(poisonFor(json, name))
  return respell(json, name)
}

interface Issuer {
  readonly jwk: string
  readonly sign: (headerText: string, payloadText: string) => Promise<string>
}

async function makeIssuer(): Promise<Issuer> {
  const { publicKey, privateKey } = await crypto.subtle.generateKey(
    { ...algorithm, modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1) },
    true,
    ['sign', 'verify'],
  )
  const { n, e } = await crypto.subtle.exportKey('jwk', publicKey)
  return {
    jwk: JSON.stringify({ kty: 'RSA', use: 'sig', kid: 'key', n, e }),
    async sign(headerText, payloadText) {
      const input = `${encode(headerText)}.${encode(payloadText)}`
      const bytes = new TextEncoder().encode(input)
      const signature = await crypto.subtle.sign(algorithm.name, privateKey, bytes)
      return `${input}.${base64url(new Uint8Array(signature))}`
    },
  }
}

let made: Promise<Issuer> | undefined
const issuer = (): Promise<Issuer> => (made ??= makeIssuer())

async function verifierFor(
  documents: { readonly metadata?: string; readonly jwk?: string } = {},
  options: Partial<VerifierOptions> = {},
): Promise<Verifier> {
  const { jwk } = await issuer()
  return createVerifier({
    tenants: tenant,
    audience: 'aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee',
    now: () => now * 1000,
    fetch: async (url) =>
      new Response(
        String(url).includes('.well-known')
          ? (documents.metadata ?? metadata)
          : `{"keys":[${documents.jwk ?? jwk}]}`,
      ),
    ...options,
  })
}

/** The identity, or the code of the refusal. */
async function outcomeOf(
  verifier: Verifier,
  headerText: string,
  payloadText: string,
): Promise<Identity | string> {
  const { sign } = await issuer()
  try {
    return await verifier.verify(await sign(headerText, payloadText))
  } catch (error) {
    if (EntraGuardError.is(error)) return error.code
    throw error
  }
}

function expectEqual(actual: unknown, expected: unknown, what: string): void {
  const [left, right] = [JSON.stringify(actual), JSON.stringify(expected)]
  if (left !== right) throw new Error(`${what}: ${left} in place of ${right}`)
}

const tenantOf = (outcome: Identity | string): string =>
  typeof outcome === 'string' ? outcome : outcome.tenantId

/** True on an engine that has the fault, so that these checks can fail. */
export function engineMisreads(): boolean {
  const read = JSON.parse(misleading('{"a2":1,"tid":"T"}', 'tid')) as object
  return !Object.hasOwn(read, 'tid')
}

async function offline(): Promise<Response> {
  throw new TypeError('fetch failed')
}

async function filledStore(spelledName: string): Promise<DocumentStore> {
  const entries = new Map<string, string>()
  const work: Array<Promise<unknown>> = []
  const store: DocumentStore = {
    getItem: (key) => entries.get(key),
    setItem: (key, value) => void entries.set(key, value),
  }
  const { sign } = await issuer()
  const first = await verifierFor({}, { store })
  await first.verify(await sign(header, claims), { waitUntil: (promise) => void work.push(promise) })
  await Promise.all(work)
  expectEqual(entries.size, 2, 'entries of the store')
  for (const [key, value] of entries) entries.set(key, misleading(value, spelledName))
  return store
}

export const escapedNameChecks: readonly Check[] = [
  {
    name: 'refuses a claim that stands twice, once escaped, after an unsigned token that misleads the engine',
    async run() {
      const verifier = await verifierFor()
      // Both are the claims with one more: a second tid, and what the engine takes that for.
      const at = claims.indexOf('"ver"')
      const [start, end] = [claims.slice(0, at), claims.slice(at)]
      const hostile = String.raw`${start}"\u0074id":"other",${end}`
      const poison = String.raw`${start}"\\u0":"other",${end}`
      expectEqual(await outcomeOf(verifier, header, hostile), 'token_malformed', 'before')
      const unsigned = `${encode(header)}.${encode(poison)}.AAAA`
      const refusal: unknown = await verifier.verify(unsigned).catch((error: unknown) => error)
      expectEqual(EntraGuardError.is(refusal) && refusal.code, 'signature_invalid', 'the unsigned token')
      expectEqual(await outcomeOf(verifier, header, hostile), 'token_malformed', 'after')
    },
  },
  {
    name: 'reads a claim whose name an honest writer escaped',
    async run() {
      const verifier = await verifierFor()
      for (const name of ['tid', 'scp', 'aud', 'exp'])
        expectEqual(tenantOf(await outcomeOf(verifier, header, misleading(claims, name))), tenant, name)
      const custom = claims.replace('{', '{"café+bar":{"ünder":"+"},')
      const spelled = misleading(misleading(custom, 'ünder'), 'café+bar')
      const outcome = await outcomeOf(verifier, header, spelled)
      if (typeof outcome === 'string') throw new Error(outcome)
      expectEqual(outcome.claims['café+bar' as 'sub'], { ünder: '+' }, 'the custom claim')
    },
  },
  {
    name: 'reads names inside of a claim',
    async run() {
      const overage = claims.replace('{', '{"_claim_names":{"hidden":"src0","groups":"src1"},')
      const outcome = await outcomeOf(await verifierFor(), header, misleading(overage, 'groups'))
      expectEqual(typeof outcome === 'string' ? outcome : outcome.groups.status, 'overage', 'groups')
    },
  },
  {
    name: 'reads and compares the names of a header',
    async run() {
      const verifier = await verifierFor()
      expectEqual(tenantOf(await outcomeOf(verifier, misleading(header, 'kid'), claims)), tenant, 'kid')
      const critical = misleading(header.replace('{', '{"crit":["exp"],'), 'crit')
      expectEqual(await outcomeOf(verifier, critical, claims), 'header_refused', 'crit')
      const rest = header.slice(0, -1)
      JSON.parse(String.raw`${rest},"\\u0":"x"}`)
      const twice = String.raw`${rest},"\u006bid":"x"}`
      expectEqual(await outcomeOf(verifier, twice, claims), 'token_malformed', 'kid twice')
    },
  },
  {
    name: 'reads the names inside of a key',
    async run() {
      const { jwk } = await issuer()
      for (const name of ['kid', 'n', 'kty']) {
        const verifier = await verifierFor({ jwk: misleading(jwk, name) })
        expectEqual(tenantOf(await outcomeOf(verifier, header, claims)), tenant, name)
      }
      for (const [name, change] of [
        ['d', '"d":"AQAB"'],
        ['alg', '"alg":"RS512"'],
      ] as const) {
        const verifier = await verifierFor({ jwk: misleading(jwk.replace('}', `,${change}}`), name) })
        expectEqual(await outcomeOf(verifier, header, claims), 'keys_unavailable', name)
      }
    },
  },
  {
    name: 'reads the names of a metadata document',
    async run() {
      for (const name of ['issuer', 'jwks_uri']) {
        const verifier = await verifierFor({ metadata: misleading(metadata, name) })
        expectEqual(tenantOf(await outcomeOf(verifier, header, claims)), tenant, name)
      }
      const china = metadata.replace('{', '{"cloud_instance_name":"partner.microsoftonline.cn",')
      const verifier = await verifierFor({ metadata: misleading(china, 'cloud_instance_name') })
      expectEqual(await outcomeOf(verifier, header, claims), 'metadata_invalid', 'cloud_instance_name')
    },
  },
  {
    name: 'reads the names of an entry of a store',
    async run() {
      const store = await filledStore('text')
      const verifier = await verifierFor({}, { store, fetch: offline })
      expectEqual(tenantOf(await outcomeOf(verifier, header, claims)), tenant, 'from the store')
    },
  },
  {
    name: 'reads the names of a page of groups',
    async run() {
      const { sign } = await issuer()
      const page = misleading(JSON.stringify({ '@odata.context': 'x', value: [group] }), 'value')
      const resolveGroups = graphGroups({
        getGraphToken: () => 'token',
        fetch: async () => new Response(page),
      })
      const verifier = await verifierFor({}, { resolveGroups })
      const token = await sign(header, claims.replace('{', '{"_claim_names":{"groups":"src1"},'))
      const access = { scopes: ['Orders.Read'], groups: [group] } as const
      expectEqual((await verifier.authenticate(`Bearer ${token}`, access)).objectId, user, 'the member')
    },
  },
  {
    name: 'hands a claims challenge on as it is written',
    async run() {
      const json = '{"access_token":{"nbf":{"essential":true,"value":"1"}}}'
      for (const name of ['access_token', 'value'])
        expectEqual(claimsChallenge(misleading(json, name)).challenge.claims, json, name)
    },
  },
  {
    name: 'explains a token by the names that it has',
    async run() {
      const token = `${encode(header)}.${encode(misleading(claims, 'tid'))}.AAAA`
      const { claims: rows } = explain(token, { now: () => now * 1000 })
      expectEqual(rows.find(({ name }) => name === 'tid')?.value, tenant, 'tid')
    },
  },
]
