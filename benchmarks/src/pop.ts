import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'

import { createVerifier, type Binding, type Verifier } from '@entraguard/core'
import { dpop } from '@entraguard/core/pop'
import { createEmulator, type Emulator } from '@entraguard/emulator'

import { median } from './measure.ts'
import { format, times, type Section } from './report.ts'

const origin = 'https://api.contoso.com'
const request = { method: 'GET', url: '/orders' } as const
const access = { scopes: ['Orders.Read'] } as const

/** What one call takes, with proofs that were made before the clock runs: each is good once. */
interface Contestant {
  readonly name: string
  /** Whom its cost is compared with. */
  readonly beside: string
  run(proof: string, token: string): Promise<unknown>
}

/** The ES256 key of a proof, and its signature, as WebCrypto takes them. */
async function bareCheck(proof: string): Promise<(proof: string) => Promise<boolean>> {
  const [header = ''] = proof.split('.')
  const { jwk }: { jwk: JsonWebKey } = JSON.parse(Buffer.from(header, 'base64url').toString())
  const key = await crypto.subtle.importKey('jwk', jwk, { name: 'ECDSA', namedCurve: 'P-256' }, false, [
    'verify',
  ])
  const algorithm = { name: 'ECDSA', hash: 'SHA-256' }
  return async (text) => {
    const end = text.lastIndexOf('.')
    const signature = Buffer.from(text.slice(end + 1), 'base64url')
    return await crypto.subtle.verify(algorithm, key, signature, Buffer.from(text.slice(0, end)))
  }
}

/** Microseconds of one call, in one round. */
interface Times {
  readonly wall: number
  readonly cpu: number
}

/** What a proof costs beside its signature, and what a token costs where nothing is proved. */
export async function popSection(quick: boolean): Promise<Section> {
  const entra = await createEmulator()
  const { contestants, proofs, plain, bound } = await setUp(entra, quick ? 400 : 4000)
  const rounds = quick ? 3 : 9
  const taken = new Map<string, Times[]>(contestants.map(({ name }) => [name, []]))
  let next = 0
  for (let round = -1; round < rounds; round++) {
    for (const contestant of contestants) {
      const { name } = contestant
      const isBound = name.startsWith('bound') || name.startsWith('a bare')
      const batch = proofs[next++] ?? []
      const before = process.cpuUsage()
      const start = performance.now()
      for (const proof of batch) await contestant.run(proof, isBound ? bound : plain)
      const wall = ((performance.now() - start) * 1000) / batch.length
      const { user, system } = process.cpuUsage(before)
      if (round >= 0) taken.get(name)?.push({ wall, cpu: (user + system) / batch.length })
    }
  }
  return toSection(contestants, taken, await memoryRows())
}

async function setUp(entra: Emulator, batch: number) {
  const key = await entra.createProofKey()
  const bound = await entra.issueUserToken({ boundTo: key, scopes: ['Orders.Read'] })
  const plain = await entra.issueUserToken({ scopes: ['Orders.Read'] })
  const proof = (): Promise<string> =>
    key.proof({ method: 'GET', url: `${origin}/orders`, accessToken: bound })
  // Each batch is used by one contestant of one round, so that no proof comes twice.
  const proofs: string[][] = []
  for (let index = 0; index < 50; index++)
    proofs.push(await Promise.all(Array.from({ length: batch }, proof)))
  const verifierFor = (binding?: Binding): Verifier =>
    createVerifier({ ...entra.verifierOptions(), ...(binding !== undefined && { bound: binding }) })
  const [without, withDpop] = [verifierFor(), verifierFor(dpop({ origin }))]
  const check = await bareCheck(await proof())
  const bare = 'a bare ES256 check of WebCrypto'
  const contestants: readonly Contestant[] = [
    { name: bare, beside: bare, run: check },
    {
      name: 'bound token that was seen, with its proof',
      beside: bare,
      run: (each, token) =>
        withDpop.authenticate(`DPoP ${token}`, access, { request: { ...request, proof: each } }),
    },
    {
      name: 'plain token that was seen, without the option',
      beside: bare,
      run: (_proof, token) => without.authenticate(`Bearer ${token}`, access),
    },
    {
      name: 'plain token that was seen, with the option',
      beside: 'plain token that was seen, without the option',
      run: (_proof, token) => withDpop.authenticate(`Bearer ${token}`, access),
    },
  ]
  return { contestants, proofs, plain, bound }
}

/** The heap of the memory for proofs, measured where the tests measure it. */
async function memoryRows(): Promise<ReadonlyArray<readonly string[]>> {
  const script = path.join(import.meta.dirname, '../../packages/core/test/support/replay-memory.ts')
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', script])
  const { series, atOnce }: { series: ReadonlyArray<readonly [number, number]>; atOnce: number } =
    JSON.parse(stdout)
  const mega = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MB`
  return [
    ...series.map(([count, bytes]) => [
      `heap after ${count.toLocaleString('en')} proofs, 1,000 a second, good for 300 seconds`,
      mega(bytes),
      '',
      '',
    ]),
    ['heap with 1,000,000 proofs that are all good', mega(atOnce), '', ''],
  ]
}

function toSection(
  contestants: readonly Contestant[],
  taken: ReadonlyMap<string, readonly Times[]>,
  memory: ReadonlyArray<readonly string[]>,
): Section {
  const of = (name: string, what: keyof Times): readonly number[] =>
    (taken.get(name) ?? []).map((one) => one[what])
  return {
    title: 'Proofs (DPoP)',
    text: 'One request at a time, round by round in one process; each ratio is the median of those of the rounds, of the time of the processor. A proof costs its signature, the key of which is known from the first proof of a token, one SHA-256 for its id, and what is read. The heap is that of the memory for proofs alone.',
    head: ['case', 'µs, or heap', 'µs CPU', 'ratio'],
    rows: [
      ...contestants.map(({ name, beside }) => {
        const base = of(beside, 'cpu')
        const ratios = of(name, 'cpu').map((time, round) => time / (base[round] ?? Number.NaN))
        return [
          name,
          format(median([...of(name, 'wall')])),
          format(median([...of(name, 'cpu')])),
          name === beside ? '' : `${times(median(ratios))} of ${beside}`,
        ]
      }),
      ...memory,
    ],
  }
}
