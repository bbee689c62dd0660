import { createVerifier, type Verifier } from '@entraguard/core'
import { nodeSignature } from '@entraguard/core/node'

import { format, type Section } from './report.ts'
import type { Workload } from './workload.ts'

/** What forged tokens under a genuine key id do to callers whose token was seen before. */
export async function floodSection(workload: Workload, quick: boolean): Promise<Section> {
  const options = { tenants: workload.tenantId, audience: workload.audience, fetch: workload.fetch }
  const engines: ReadonlyArray<readonly [string, Verifier]> = [
    ['default engine', createVerifier(options)],
    ['nodeSignature', createVerifier({ ...options, signature: nodeSignature })],
  ]
  const rows: Array<readonly string[]> = []
  for (const [name, verifier] of engines) {
    for (const forgers of [0, 16, 64]) {
      const seconds = quick ? 0.3 : 3
      const { p50, p99, perSecond } = await latencies(verifier, workload, forgers, seconds)
      rows.push([name, String(forgers), format(p50), format(p99), format(perSecond)])
    }
  }
  return {
    title: 'Forged tokens beside seen ones',
    text: 'Each forger sends the next token with a genuine key id and a wrong signature as soon as the last was refused. A caller with a seen token calls once per turn of the event loop, and its latency includes the wait for the loop.',
    head: ['engine', 'forgers', 'µs p50', 'µs p99', 'forged tokens refused per second'],
    rows,
  }
}

interface Latencies {
  readonly p50: number
  readonly p99: number
  readonly perSecond: number
}

async function latencies(
  verifier: Verifier,
  { tokens }: Workload,
  forgers: number,
  seconds: number,
): Promise<Latencies> {
  const [genuine = ''] = tokens
  await verifier.verify(genuine)
  const forgeries = tokens.map(forge)
  const state = { running: true, refused: 0 }
  const forger = async (): Promise<void> => {
    while (state.running) {
      await expectRefusal(verifier, forgeries[state.refused++ % forgeries.length] ?? '')
      // Requests come from the network: between two of them the loop turns.
      await turn()
    }
  }
  const begin = performance.now()
  const work = Promise.all(Array.from({ length: forgers }, forger))
  const times: number[] = []
  while (performance.now() - begin < seconds * 1000) {
    const start = performance.now()
    await turn()
    await verifier.verify(genuine)
    times.push((performance.now() - start) * 1000)
  }
  state.running = false
  await work
  const sorted = times.toSorted((a, b) => a - b)
  const at = (part: number): number => sorted[Math.floor(sorted.length * part)] ?? Number.NaN
  return { p50: at(0.5), p99: at(0.99), perSecond: state.refused / ((performance.now() - begin) / 1000) }
}

function forge(token: string): string {
  const middle = token.lastIndexOf('.') + 50
  return token.slice(0, middle) + (token[middle] === 'A' ? 'B' : 'A') + token.slice(middle + 1)
}

async function expectRefusal(verifier: Verifier, forged: string): Promise<void> {
  const accepted = await verifier.verify(forged).then(
    () => true,
    () => false,
  )
  if (accepted) throw new Error('a forged token was accepted')
}

async function turn(): Promise<void> {
  await new Promise<void>((resolve) => {
    setImmediate(resolve)
  })
}
