/**
 * `pnpm --filter @entraguard/tests stores`: what requests get while a shared store fails, with the real clock; prints a table.
 * Ends with an error when a promise is broken.
 */
import { EntraGuardError } from '@entraguard/core'
import { onBehalfOf } from '@entraguard/downstream'

import { Issuer, makeKey } from '../../packages/core/test/support/rotating-issuer.ts'
import { issueBound, popVerifier, prove, scope, withProof } from '../../packages/core/test/support/prover.ts'
import { invoicesScopes, userNamed, world } from '../../packages/downstream/test/support.ts'

type Fault = () => unknown

const storeSecret = 'a secret of at least thirty-two characters'

const faults: Readonly<Record<string, Fault>> = {
  throws: () => {
    throw new Error('connect ECONNREFUSED')
  },
  rejects: () => Promise.reject(new Error('READONLY')),
  'gives something else': () => ({ url: 'x', token: 'x' }),
  'gives nothing, after 300 ms': () =>
    new Promise((resolve) => {
      setTimeout(resolve, 300)
    }),
  hangs: () => new Promise(() => {}),
}

/** What came of a request: served, refused for now, called invalid, or let in though it must not be. */
type Outcome = 'served' | 'unavailable' | 'denied' | 'wrongly accepted'

interface Row {
  readonly store: string
  readonly fault: string
  readonly outcomes: readonly Outcome[]
  readonly worst: number
}

const outcomeOf = (error: unknown): Outcome =>
  EntraGuardError.is(error) && error.status === 503 ? 'unavailable' : 'denied'

async function measure(
  store: string,
  fault: string,
  requests: ReadonlyArray<() => Promise<Outcome | undefined>>,
): Promise<Row> {
  let worst = 0
  const outcomes = await Promise.all(
    requests.map(async (request) => {
      const begun = performance.now()
      const outcome = await request()
      worst = Math.max(worst, performance.now() - begun)
      return outcome
    }),
  )
  return { store, fault, outcomes: outcomes.filter((outcome) => outcome !== undefined), worst }
}

/** Documents and keys: a store that fails costs a fetch. */
async function documents(fault: string, fail: Fault): Promise<Row> {
  const [key, attackers] = [makeKey('k1'), makeKey('k1')]
  const entra = new Issuer(key)
  const verifier = entra.verifier({ store: { getItem: fail, setItem: fail }, storeSecret })
  const valid = async (): Promise<Outcome> =>
    await verifier.verify(entra.token(key)).then(() => 'served', outcomeOf)
  const forged = async (): Promise<Outcome | undefined> =>
    await verifier.verify(entra.token(attackers)).then(
      () => 'wrongly accepted',
      () => undefined,
    )
  return await measure('documents and keys', fault, [
    ...Array.from({ length: 100 }, () => valid),
    ...Array.from({ length: 20 }, () => forged),
  ])
}

/** Tokens for the next API: a store that fails costs an exchange, and nobody gets the token of another. */
async function tokens(fault: string, fail: Fault): Promise<Row> {
  const { options, signIn } = await world()
  const downstream = onBehalfOf({
    ...options,
    store: { getItem: fail, setItem: fail },
    storeSecret,
  })
  const callers = await Promise.all(Array.from({ length: 10 }, (_, at) => signIn({ user: userNamed(at) })))
  const ask =
    ([user, authorization]: (typeof callers)[number]) =>
    async (): Promise<Outcome> =>
      await downstream.tokenFor(user, authorization, invoicesScopes).then((token) => {
        const { oid } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as {
          oid: string
        }
        return oid === user.objectId ? 'served' : 'wrongly accepted'
      }, outcomeOf)
  return await measure(
    'tokens for the next API',
    fault,
    Array.from({ length: 10 }, () => callers.map(ask)).flat(),
  )
}

/** Proofs that came: whether one came before is not known then, so it is refused for now. */
async function proofs(fault: string, fail: Fault): Promise<Row> {
  const token = await issueBound()
  const verifier = popVerifier({ replay: { add: fail } })
  const ask = (): (() => Promise<Outcome>) => {
    const proof = prove(token)
    // Without its memory nothing tells the first use of a proof from the second: accepted is wrong.
    return async () =>
      await verifier
        .authenticate(`DPoP ${token}`, scope, withProof(proof))
        .then(() => 'wrongly accepted', outcomeOf)
  }
  return await measure('DPoP proofs', fault, Array.from({ length: 100 }, ask))
}

const rows: Row[] = []
for (const [fault, fail] of Object.entries(faults))
  for (const store of [documents, tokens, proofs]) rows.push(await store(fault, fail))

const count = ({ outcomes }: Row, which: Outcome): number => outcomes.filter((one) => one === which).length
const broken = rows.filter(
  (row) =>
    count(row, 'wrongly accepted') > 0 ||
    count(row, 'denied') > 0 ||
    (row.store !== 'DPoP proofs' && count(row, 'unavailable') > 0),
)
console.log('| store | it | valid requests | served | 503 | 401/403 | wrong accepts | worst ms |')
console.log('| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |')
for (const row of rows) {
  const counts = (['served', 'unavailable', 'denied', 'wrongly accepted'] as const).map((one) =>
    count(row, one),
  )
  console.log(
    `| ${[row.store, row.fault, row.outcomes.length, ...counts, Math.round(row.worst)].join(' | ')} |`,
  )
}
for (const { store, fault } of broken) console.error(`BROKEN: ${store}, that ${fault}`)
process.exitCode = broken.length === 0 ? 0 : 1
