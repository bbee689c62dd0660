import { readBearerToken, type Identity } from '@entraguard/core'
import { explain } from '@entraguard/core/explain'
import * as fc from 'fast-check'

import {
  audience,
  claims,
  header,
  loginHost,
  metadata,
  now,
  publicJwk,
  sign,
  signTexts,
  strangerJwk,
  tenantId,
  verifierFor,
} from '../hostile/forge.ts'
import { applyChanges, applyEdits, changesOf, edits, type Changes, type Edit } from './inputs.ts'
import { names } from './names.ts'
import { codeOf, promise, target, type Target } from './target.ts'

const genuine = sign(claims)
const modulus = String(publicJwk['n'])

const claimNames = [
  ...Object.keys(claims),
  'idtyp',
  'roles',
  'groups',
  'wids',
  'acct',
  'idp',
  'amr',
  'acrs',
  'cnf',
  'nonce',
  'appid',
  'appidacr',
  '_claim_names',
  'hasgroups',
  'xms_cc',
  'tfp',
  'acr',
  'upn',
  'email',
]
const headerNames = [
  ...Object.keys(header),
  'x5t',
  'jku',
  'x5u',
  'jwk',
  'crit',
  'b64',
  'zip',
  'enc',
  'cty',
  'nonce',
]

async function verdict(token: unknown, verifier = verifierFor().verifier): Promise<Identity | string> {
  const parts = typeof token === 'string' ? token.split('.').slice(1) : []
  return await verifier.verify(token as string).catch((error: unknown) => codeOf(error, parts))
}

/** What an accepted token must have said, whatever else it says. */
function promiseIdentity(identity: Identity): void {
  const { claims: said } = identity
  promise(said.aud === audience, 'another audience was accepted')
  promise(identity.tenantId === tenantId, 'another tenant was accepted')
  promise(
    [`${loginHost}/${tenantId}/v2.0`, `https://sts.windows.net/${tenantId}/`].includes(said.iss),
    'another issuer',
  )
  promise(typeof said.exp === 'number' && said.exp > now - 300, 'an expired token was accepted')
  promise(typeof said.nbf !== 'number' || said.nbf <= now + 300, 'a token of the future was accepted')
  promise(Object.isFrozen(identity) && Object.isFrozen(said), 'the identity can be changed')
  promise(['user', 'app', 'unknown'].includes(identity.kind), 'a kind that does not exist')
  promise(
    identity.kind === 'unknown' || typeof identity.objectId === 'string',
    'a caller without an object id',
  )
  promise(
    identity.scopes.every((scope) => scope !== '' && !/\s/.test(scope)),
    'a scope with blanks',
  )
  promise(
    identity.roles.every((role) => typeof role === 'string'),
    'a role that is no text',
  )
  JSON.stringify(identity)
}

interface EditedToken {
  readonly header: Changes
  readonly edits: readonly Edit[]
}

const parser = target<EditedToken>({
  name: 'parser',
  inputs: fc.record({ header: changesOf(...headerNames), edits }),
  async run(input) {
    const signed = signTexts(JSON.stringify(applyChanges(header, input.header)), JSON.stringify(claims))
    const token = applyEdits(signed, input.edits)
    const outcome = await verdict(token)
    if (typeof outcome === 'string') return outcome
    // One character more or less and the signature is another text: nothing but the signed token gets in.
    promise(token === signed, 'a token that was changed after it was signed was accepted')
    promiseIdentity(outcome)
    return 'accepted'
  },
})

interface EditedClaims {
  readonly claims: Changes
  readonly edits: readonly Edit[]
}

const claimRules = target<EditedClaims>({
  name: 'claims',
  inputs: fc.record({ claims: changesOf(...claimNames), edits }),
  async run(input) {
    const text = applyEdits(JSON.stringify(applyChanges(claims, input.claims)), input.edits)
    const outcome = await verdict(signTexts(JSON.stringify(header), text))
    if (typeof outcome === 'string') return outcome
    promiseIdentity(outcome)
    return `accepted ${outcome.kind} ${outcome.groups.status} ${outcome.version}`
  },
})

const metadataRules = target<{ readonly metadata: Changes; readonly edits: readonly Edit[] }>({
  name: 'metadata',
  inputs: fc.record({ metadata: changesOf(...Object.keys(metadata), 'keys', 'jwks'), edits }),
  async run(input) {
    const text = applyEdits(JSON.stringify(applyChanges(metadata, input.metadata)), input.edits)
    const { verifier, requested } = verifierFor({ metadata: text })
    const outcome = await verdict(genuine, verifier)
    promise(
      requested.every((url) => new URL(url).origin === loginHost),
      'metadata sent the verifier to another host',
    )
    promise(requested.length <= 4, 'metadata caused more requests')
    if (typeof outcome === 'string') return outcome
    promiseIdentity(outcome)
    return 'accepted'
  },
})

const keyRules = target<{ readonly key: Changes; readonly beside: Changes; readonly edits: readonly Edit[] }>(
  {
    name: 'keys',
    inputs: fc.record({
      key: changesOf(...Object.keys(publicJwk), 'x5c', 'alg', 'key_ops', 'd', 'x5t'),
      beside: changesOf(...Object.keys(publicJwk)),
      edits,
    }),
    async run(input) {
      const keys = [
        applyChanges(publicJwk, input.key),
        applyChanges({ ...strangerJwk, kid: 'stranger' }, input.beside),
      ]
      const text = applyEdits(JSON.stringify({ keys }), input.edits)
      const { verifier } = verifierFor({ keys: text })
      const outcome = await verdict(genuine, verifier)
      const forged = await verdict(
        signTexts(JSON.stringify({ ...header, kid: 'nobody' }), JSON.stringify(claims)),
        verifier,
      )
      promise(typeof forged === 'string' || text.includes('nobody'), 'a key was taken for another')
      if (typeof outcome === 'string') return outcome
      promise(text.replaceAll('=', '').includes(modulus), 'accepted without the key that signed')
      promiseIdentity(outcome)
      return 'accepted'
    },
  },
)

const headerValue = fc.oneof(
  fc.string({ maxLength: 30, unit: 'binary' }),
  fc
    .tuple(
      fc.constantFrom('Bearer', 'bearer', 'BEARER', 'Basic', 'Bearer\t', ' Bearer', 'Bearerx', ''),
      fc.constantFrom('', ' ', '  ', '\t', ',', '\u00a0', '\r\n'),
      fc.oneof(fc.string({ maxLength: 20 }), fc.constantFrom('a.b.c', 'a, Bearer b', 'a b', 'a\u2003b')),
      fc.constantFrom('', ' ', '\t '),
    )
    .map((parts) => parts.join('')),
)

const headerReader = target<unknown>({
  name: 'header reader',
  inputs: fc.oneof(
    headerValue,
    fc.array(headerValue, { maxLength: 3 }),
    fc.constant(null),
    fc.jsonValue({ maxDepth: 1 }),
  ),
  async run(input) {
    let token: string
    try {
      token = readBearerToken(input as string)
    } catch (error) {
      return codeOf(error)
    }
    const [only, ...others] = Array.isArray(input) ? (input as unknown[]) : [input]
    promise(others.length === 0 && typeof only === 'string', 'one of several headers was chosen')
    promise(/^\s*bearer[ \t]/i.test(String(only)), 'a credential of another scheme was taken')
    promise(token !== '' && !/\s/.test(token), 'a token that is empty or holds blanks')
    promise(String(only).includes(token), 'a token that was not sent')
    return 'read'
  },
})

interface Told {
  readonly token: EditedToken & EditedClaims
  readonly isText: boolean
}

/** Letters with accents too, but nothing that moves the cursor, hides text or turns it round. */
const unprintable = /[^\P{Cc}\n]|[\p{Cf}\u2028\u2029]/u

const explanation = target<Told>({
  name: 'explain',
  inputs: fc.record({
    token: fc.record({ header: changesOf(...headerNames), claims: changesOf(...claimNames), edits }),
    isText: fc.boolean(),
  }),
  async run({ token: { header: headerChanges, claims: claimChanges, edits: changes }, isText }) {
    const headerText = JSON.stringify(applyChanges(header, headerChanges))
    const payload = JSON.stringify(applyChanges(claims, claimChanges))
    const token = applyEdits(
      signTexts(headerText, isText ? applyEdits(payload, changes) : payload),
      isText ? [] : changes,
    )
    const told = explain(token, { now: () => now * 1000, timeZone: 'UTC' })
    JSON.stringify(told)
    promise(!unprintable.test(told.text), 'the text holds what a terminal would obey')
    const signature = token.split('.')[2] ?? ''
    promise(
      signature.length < 40 || !told.text.includes(signature.slice(0, 40)),
      'the text shows the signature',
    )
    const { verifier } = verifierFor()
    const { verdict: said } = await explain(token, { verifier, now: () => now * 1000, timeZone: 'UTC' })
    const outcome = await verdict(token, verifierFor().verifier)
    // Blanks, quotes and a scheme around a pasted token are taken away first; what is no token gets no verdict.
    if (/^[\w.-]*$/.test(token)) {
      promise(
        (said?.accepted ?? false) === (typeof outcome !== 'string'),
        'explain says otherwise than verify',
      )
    }
    return `${told.findings[0]?.id ?? 'nothing'} ${said?.code ?? 'accepted'}`
  },
})

export const targets: readonly Target[] = [
  parser,
  claimRules,
  metadataRules,
  keyRules,
  headerReader,
  explanation,
  names,
]
