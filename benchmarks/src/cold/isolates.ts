import { median } from '../measure.ts'
import { decide, estimate, withSpread } from '../paired.ts'
import { format, target, type Section, type Target } from '../report.ts'
import type { Workload } from '../workload.ts'
import { empty, handlers } from './handlers.ts'
import { platforms, type Instances, type Platform, type Script } from './instances.ts'
import { startProvider } from './provider.ts'

/** How far away the identity provider is: milliseconds that each of its documents takes besides. */
const distances = [0, 20]

const reference = handlers.at(-1) ?? empty

/** From an instance that does not exist to its first verified request, on a platform of each kind. */
export async function isolateSection(workload: Workload, quick: boolean): Promise<Section> {
  const rows: Array<readonly string[]> = []
  const targets: Target[] = []
  for (const platform of platforms) {
    for (const distance of distances) {
      const part = await compare(platform, distance, workload, quick ? 3 : 50)
      rows.push(...part.rows)
      targets.push(...part.targets)
    }
  }
  return {
    title: 'From nothing to the first verified request',
    text: `A bundled handler in an instance that is made for it, answering one request with a token: in workerd an isolate in a process that runs already, in Node a process. In each round every handler comes once; medians. “Over an empty handler” is what the library adds: reading and running its code, documents from an identity provider (Entraguard reads metadata and keys, jose the keys alone), importing a key, checking. The identity provider is on loopback, or ${distances.at(-1)} ms away: it waits so long before each document. The store is on loopback in both cases.`,
    head: ['platform', 'identity provider', 'handler', 'ms in all', 'over an empty handler, ms', 'of jose'],
    rows,
    targets,
  }
}

async function compare(
  platform: Platform,
  distance: number,
  workload: Workload,
  rounds: number,
): Promise<Pick<Section, 'rows'> & { readonly targets: readonly Target[] }> {
  const provider = await startProvider(workload, distance)
  const { tenantId: tenants, issuer, audience, tokens } = workload
  const keysUrl = `${provider.url}/${tenants}/discovery/v2.0/keys`
  const setting = { tenants, issuer, audience, provider: provider.url, keysUrl }
  const scripts = [empty, ...handlers].map((handler) => ({ ...handler, setting }))
  const instances = await platform.prepare(scripts, tokens[0] ?? '')
  const times = await measureStarts(instances, scripts, rounds)
  await instances.stop()
  provider.close()
  const over = (name: string): readonly number[] => differences(times, name, empty.name)
  const place = distance === 0 ? 'on loopback' : `${distance} ms away`
  const ofReference = over(reference.name)
  const ratioOf = (name: string): string => `${(median(over(name)) / median(ofReference)).toFixed(2)} ×`
  return {
    rows: handlers.map(({ name }) => [
      platform.name,
      place,
      name,
      format(median(times.get(name) ?? [])),
      format(median(over(name))),
      ratioOf(name),
    ]),
    targets: handlers
      .filter((handler) => handler !== reference)
      .map(({ name }) => {
        const goal = name.includes('store') ? 1 : 1.2
        // Differences and not ratios are paired: the time of an empty handler, which is most of it, falls out of them.
        const beyond = estimate(
          over(name).map((value, round) => value - goal * (ofReference[round] ?? Number.NaN)),
        )
        return target(
          `cold start in ${platform.name}, identity provider ${place}, ${name}`,
          `≤ ${goal} × jose`,
          `${ratioOf(name)}, which is ${withSpread(beyond, (value) => value.toFixed(1))} ms over it`,
          decide(beyond, (value) => value <= 0),
        )
      }),
  }
}

async function measureStarts(
  { start }: Instances,
  scripts: readonly Script[],
  rounds: number,
): Promise<ReadonlyMap<string, readonly number[]>> {
  const names = scripts.map(({ name }) => name)
  const times = new Map<string, number[]>(names.map((name) => [name, []]))
  for (let round = -1; round < rounds; round++) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const time = await start(name)
      // The first round fills the caches of the file system.
      if (round >= 0) times.get(name)?.push(time)
    }
  }
  return times
}

/** What pairs of one round differ by. */
function differences(
  times: ReadonlyMap<string, readonly number[]>,
  name: string,
  other: string,
): readonly number[] {
  const others = times.get(other) ?? []
  return (times.get(name) ?? []).map((time, round) => time - (others[round] ?? Number.NaN))
}
