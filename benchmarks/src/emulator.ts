import type { ChildProcess } from 'node:child_process'

import { median } from './measure.ts'
import type { Order, Outcome } from './providers/load.ts'
import type { Provider } from './providers/provider.ts'
import { atMost, format, ratio, target, type Section } from './report.ts'
import { answerOf, cpuOf, startOn } from './server-process.ts'

const authorities = [
  { name: 'Entraguard emulator', file: 'entraguard.ts' },
  { name: 'oauth2-mock-server', file: 'oauth2-mock-server.ts' },
  { name: 'oidc-provider', file: 'oidc-provider.ts' },
] as const
const browsers = 20

interface Running {
  readonly name: string
  readonly child: ChildProcess
  readonly provider: Provider
  readonly heapBefore: number
  readonly rounds: Round[]
}

interface Round extends Outcome {
  /** Microseconds of CPU of the authority, a sign-in. */
  readonly cpu: number
  /** Part of the time in which the authority had its processor. */
  readonly busy: number
}

async function ask<Answer>(child: ChildProcess, message: object): Promise<Answer> {
  const answer = answerOf<Answer>(child, 'a process of the section emulator')
  child.send(message)
  return await answer
}

const order = <Answer>(clients: ChildProcess, what: Order): Promise<Answer> => ask<Answer>(clients, what)

const heapOf = (child: ChildProcess): Promise<number> => ask<number>(child, {})

async function start({ name, file }: (typeof authorities)[number]): Promise<Running> {
  const { child, ready } = await startOn(0, `providers/${file}`, {}, ['--expose-gc'])
  const provider = ready as Provider
  return { name, child, provider, heapBefore: await heapOf(child), rounds: [] }
}

async function measure(clients: ChildProcess, running: Running, signIns: number): Promise<Round> {
  const { child, provider } = running
  await order<number>(clients, { provider, browsers })
  const before = cpuOf(child)
  const outcome = await order<Outcome>(clients, { signIns })
  const cpu = cpuOf(child) - before
  return { ...outcome, cpu: cpu / (browsers * signIns), busy: cpu / 1e6 / outcome.seconds }
}

/**
 * Sign-ins of twenty people at once, by the same client at each authority: authorization code with PKCE in a browser
 * that is signed in already, an access token and an ID token as JWTs, RS256 with 2048 bits.
 */
export async function emulatorSection(quick: boolean): Promise<Section> {
  const { child: clients } = await startOn(1, 'providers/load.ts', {})
  const all: Running[] = []
  for (const authority of authorities) all.push(await start(authority))
  const signIns = quick ? 5 : 100
  const rounds = quick ? 1 : 3
  for (const running of all) await measure(clients, running, quick ? 2 : 50)
  for (let round = 0; round < rounds; round++) {
    const turn = [...all.slice(round % all.length), ...all.slice(0, round % all.length)]
    for (const running of turn) running.rounds.push(await measure(clients, running, signIns))
  }
  const heaps = new Map<Running, number>()
  for (const running of all) heaps.set(running, await heapOf(running.child))
  for (const { child } of all) child.kill()
  clients.kill()
  return report(all, heaps, browsers * signIns)
}

function report(all: readonly Running[], heaps: ReadonlyMap<Running, number>, signIns: number): Section {
  const of = ({ rounds }: Running, what: (round: Round) => number): number => median(rounds.map(what))
  const rate = (running: Running): number => of(running, ({ succeeded, seconds }) => succeeded / seconds)
  const cpu = (running: Running): number => of(running, (round) => round.cpu)
  const [own, ...peers] = all
  const count = (number: number): string => number.toLocaleString('en')
  const worst = Math.min(...(own?.rounds ?? []).map(({ succeeded }) => succeeded))
  const leanest = Math.min(...peers.map(cpu))
  const errors = all.flatMap(({ name, rounds }) =>
    rounds.flatMap(({ firstError }) => (firstError === undefined ? [] : [`${name}: ${firstError}`])),
  )
  if (errors.length > 0) console.error(errors.join('\n'))
  return {
    title: 'The emulator, 20 clients at once',
    text: `${count(signIns)} sign-ins a round by 20 clients, with each authority and the clients in separate processes on separate processors. Medians of three rounds after a warm-up. The same client code for each: authorization code with PKCE over HTTP in a browser that is signed in already (two requests), an access token and an ID token, both JWTs of RS256 with 2048 bits. After the measurement, every signature and nonce is checked, and only correct sign-ins count, in the worst round. CPU is that of the authority: if the machine does other work, and the processor column says less than 100 %, it is the figure to compare. The heap is the growth from start to end, after garbage collection.`,
    head: [
      'authority',
      'tokens per second',
      'Entraguard’s rate',
      'ms p50',
      'slowest',
      'µs CPU a sign-in',
      'Entraguard’s CPU',
      'processor',
      'succeeded',
      'heap',
    ],
    rows: all.map((running) => [
      running.name,
      format(2 * rate(running)),
      ratio(own === undefined ? Number.NaN : rate(own), rate(running)),
      format(of(running, (round) => round.median)),
      format(of(running, ({ slowest }) => slowest)),
      format(cpu(running)),
      ratio(own === undefined ? Number.NaN : cpu(own), cpu(running)),
      `${(100 * of(running, ({ busy }) => busy)).toFixed(0)} %`,
      `${count(Math.min(...running.rounds.map(({ succeeded }) => succeeded)))} of ${count(signIns)}`,
      `${(((heaps.get(running) ?? Number.NaN) - running.heapBefore) / 1e6).toFixed(1)} MB`,
    ]),
    targets: [
      target(
        `${count(signIns)} sign-ins by 20 clients`,
        'all of them',
        `${count(worst)} of ${count(signIns)}`,
        worst === signIns,
      ),
      atMost(
        'CPU of a sign-in at the emulator',
        1,
        own === undefined ? Number.NaN : cpu(own) / leanest,
        'the leaner of these',
      ),
    ],
  }
}
