import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { json } from 'node:stream/consumers'
import type { AddressInfo } from 'node:net'

import type { Measured } from './demo.ts'

/** As much of OTLP in JSON as is read. */
interface Export {
  readonly resourceMetrics: ReadonlyArray<{
    readonly scopeMetrics: ReadonlyArray<{
      readonly metrics: ReadonlyArray<{
        readonly name: string
        readonly histogram?: { readonly dataPoints: readonly Point[] }
      }>
    }>
  }>
}

interface Point {
  readonly attributes: ReadonlyArray<{
    readonly key: string
    readonly value: Readonly<Record<string, unknown>>
  }>
  readonly count: number | string
}

/** A collector of OpenTelemetry that listens on this machine. */
export interface Collector {
  readonly url: string
  /** The points of a histogram, of all who export, each as it was last: they count from their start. */
  readonly points: (histogram: string) => readonly Measured[]
  readonly close: () => void
}

export async function startCollector(): Promise<Collector> {
  const last = new Map<string, Export>()
  const keep = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    last.set(request.url ?? '', (await json(request)) as Export)
    response.setHeader('content-type', 'application/json').end('{}')
  }
  const server = createServer((request, response) => {
    keep(request, response).catch(() => response.writeHead(400).end())
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    points: (histogram) =>
      [...last.values()]
        .flatMap((each) => each.resourceMetrics)
        .flatMap((each) => each.scopeMetrics)
        .flatMap((each) => each.metrics)
        .filter(({ name }) => name === histogram)
        .flatMap((metric) => metric.histogram?.dataPoints ?? [])
        .map(measured),
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}

/** An attribute of OTLP is `{ stringValue }`, `{ boolValue }` or `{ intValue }`, whose number may be a text. */
function measured({ attributes, count }: Point): Measured {
  const named = attributes.map(({ key, value }) => {
    const [kind, content] = Object.entries(value)[0] ?? []
    return [key, kind === 'intValue' ? Number(content) : content] as const
  })
  return { attributes: Object.fromEntries(named), count: Number(count) }
}
