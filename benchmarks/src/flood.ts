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
      const { p50, p99, forged } = await latencies(verifier, workload, forgers, quick ? 500 : 5000)
      rows.push([name, String(forgers), format(p50), format(p99), String(forged)])
    }
  }
  return {
    title: 'Forged tokens beside seen ones',
    text: 'Each forger sends the next token with a genuine key id and a wrong signature as soon as the last was refused. A caller with a seen token comes by once a turn of the event loop; its latency includes the wait for the loop.',
    head: ['engine', 'forgers', 'µs p50', 'µs p99', 'forged tokens refused meanwhile'],
    rows,
  }
}

async function latencies(
  verifier: Verifier,
  { tokens }: Workload,
  forgers: number,
  count: number,
): Promise<{ p50: number; p99: number; forged: number }> {
  const [genuine = ''] = tokens
  await verifier.verify(genuine)
  const state = { running: true, forged: 0 }
  const forger = async (): Promise<void> => {
    while (state.running) {
      const token = tokens[state.forged++ % tokens.length] ?? ''
      const middle = token.lastIndexOf('.') + 50
      await verifier
        .verify(token.slice(0, middle) + (token[middle] === 'A' ? 'B' : 'A') + token.slice(middle + 1))
        .catch(() => {})
      // Requests come from the network: between two of them the loop turns.
      await turn()
    }
  }
  const work = Promise.all(Array.from({ length: forgers }, forger))
  const times: number[] = []
  for (let index = 0; index < count; index++) {
    const start = process.hrtime.bigint()
    await turn()
    await verifier.verify(genuine)
    times.push(Number(process.hrtime.bigint() - start) / 1000)
  }
  state.running = false
  await work
  const sorted = times.toSorted((a, b) => a - b)
  const at = (part: number): number => sorted[Math.floor(sorted.length * part)] ?? Number.NaN
  return { p50: at(0.5), p99: at(0.99), forged: state.forged }
}

async function turn(): Promise<void> {
  await new Promise<void>((resolve) => {
    setImmediate(resolve)
  })
}
