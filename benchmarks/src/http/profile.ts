import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

import { listen } from '@entraguard/emulator/node'

import { chooseByName } from '../only.ts'
import { format, type Section } from '../report.ts'
import { startOn } from '../server-process.ts'
import { temporaryFolder } from '../temporary.ts'
import type { Workload } from '../workload.ts'
import { buildNext, frameworks, type Framework } from './frameworks.ts'
import { blockScript, send, serverProcessor } from './load.ts'
import type { Variant } from './rounds.ts'

/** A profile as V8 writes it: https://chromedevtools.github.io/devtools-protocol/tot/Profiler/#type-Profile */
interface CpuProfile {
  readonly nodes: ReadonlyArray<{
    readonly id: number
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
  }>
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

/** Requests that are under way at once. */
const connections = 32

/** Microseconds between two looks at what runs. */
const interval = 200

/** Where time went that belongs to no file. */
const collector = '(garbage collector)'

/**
 * Which of our functions a server is in while it answers seen tokens, in microseconds a request, and what the garbage collector
 * takes with and without us. A profile says where time goes, not how much: what it costs to look is in every figure.
 */
export async function profileSection(
  workload: Workload,
  { quick, only }: { readonly quick: boolean; readonly only: readonly string[] },
): Promise<Section> {
  const identityProvider = await listen(workload.emulator, { port: 0 })
  const requests = quick ? 2000 : 40_000
  const rows: Array<readonly string[]> = []
  const chosen = chooseByName(frameworks, ({ name }) => name, only)
  if (chosen.some(({ file }) => path.basename(file) === 'next.ts')) await buildNext()
  for (const framework of chosen) {
    const profiles: Partial<Record<Variant, ReadonlyMap<string, number>>> = {}
    for (const variant of ['empty', 'entra'] as const)
      profiles[variant] = await profileOf(framework, variant, requests, {
        workload,
        url: identityProvider.url,
      })
    rows.push(...rowsOf(framework, profiles as Profiles))
  }
  await identityProvider.close()
  return {
    title: 'Where the time of a guard goes',
    text: 'The same servers under the same load, looked at every 0.2 ms by the profiler of V8: self time in microseconds a request, ours above 0.05, and the garbage collector with an empty guard and with ours. Looking itself costs time, so the sum is not what the table above measures.',
    head: ['framework', 'where', 'µs a request'],
    rows,
  }
}

const isOurs = ([place]: readonly [string, number]): boolean => place.includes(' of ')

type Profiles = Readonly<Record<'empty' | 'entra', ReadonlyMap<string, number>>>

function rowsOf({ name }: Framework, { empty, entra }: Profiles): ReadonlyArray<readonly string[]> {
  const ours = [...entra].filter(isOurs).toSorted(([, a], [, b]) => b - a)
  const sumOf = (times: typeof ours): number => times.reduce((total, [, time]) => total + time, 0)
  // The route that Next built is there with an empty guard, too.
  const route = sumOf([...empty].filter(isOurs))
  const shown = ours.filter(([, time]) => time >= 0.05)
  const places: ReadonlyArray<readonly [string, number]> = [
    ['all of ours', sumOf(ours)],
    ...(route > 0 ? [['the same, an empty guard', route] as const] : []),
    ...shown,
    ['garbage collector', entra.get(collector) ?? 0],
    ['garbage collector, an empty guard', empty.get(collector) ?? 0],
  ]
  return places.map(([place, time]) => [name, place, format(time)])
}

async function profileOf(
  { file }: Framework,
  variant: Variant,
  requests: number,
  { workload, url }: { readonly workload: Workload; readonly url: string },
): Promise<ReadonlyMap<string, number>> {
  const { tenantId, audience, issuer, keysUrl } = workload
  const directory = path.join(temporaryFolder(), `profile-${path.basename(file)}-${variant}`)
  const { child, ready } = await startOn(
    serverProcessor,
    `http/servers/${file}`,
    { BENCH: JSON.stringify({ tenantId, audience, issuer, keysUrl, emulatorUrl: url, connections }) },
    ['--cpu-prof', `--cpu-prof-dir=${directory}`, `--cpu-prof-interval=${interval}`],
  )
  const { port } = ready as { readonly port: number }
  const tokens = workload.tokens.slice(0, 64)
  await send(port, blockScript(tokens, [variant], requests), connections)
  await end(child)
  const [name = ''] = readdirSync(directory)
  return selfTimes(JSON.parse(readFileSync(path.join(directory, name), 'utf8')) as CpuProfile, requests)
}

async function end(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit')
  child.disconnect()
  await ended
}

/** Microseconds a request, by place: `function of file` for what is ours, the file or the name in brackets for the rest. */
function selfTimes(
  { nodes, samples, timeDeltas }: CpuProfile,
  requests: number,
): ReadonlyMap<string, number> {
  const places = new Map(nodes.map(({ id, callFrame }) => [id, placeOf(callFrame)]))
  const times = new Map<string, number>()
  for (const [index, id] of samples.entries()) {
    const place = places.get(id) ?? ''
    times.set(place, (times.get(place) ?? 0) + (timeDeltas[index] ?? 0) / requests)
  }
  return times
}

/** Next puts our code and the route into files of its own, with names of one letter: there the sum is what can be told. */
const ofOurs = /\/packages\/([a-z0-9-]+)\/dist\/|\/\.next\/(server)\//

function placeOf({ functionName, url, lineNumber }: CpuProfile['nodes'][number]['callFrame']): string {
  if (functionName.startsWith('(')) return functionName
  const [, ours, built] = ofOurs.exec(url) ?? []
  if (built !== undefined) return 'the built route of Next'
  return ours === undefined ? url : `${functionName || `line ${lineNumber + 1}`} of ${ours}`
}
