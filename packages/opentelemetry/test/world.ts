import { createServer } from 'node:http'
import { once } from 'node:events'

import { createEmulator, type Emulator } from '@entraguard/emulator'
import type { Meter } from '@opentelemetry/api'
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus'
import { MeterProvider } from '@opentelemetry/sdk-metrics'

/** One line of what Prometheus reads. */
export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** Metrics of one process, as Prometheus reads them: by HTTP, in its own format. */
export interface Scraped {
  readonly meter: Meter
  readonly scrape: () => Promise<string>
  readonly close: () => Promise<void>
}

export async function createScraped(): Promise<Scraped> {
  const exporter = new PrometheusExporter({ preventServerStart: true })
  const provider = new MeterProvider({ readers: [exporter] })
  const server = createServer((request, response) => exporter.getMetricsRequestHandler(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : 0
  return {
    meter: provider.getMeter('test'),
    scrape: async () => await (await fetch(`http://127.0.0.1:${port}/metrics`)).text(),
    async close() {
      server.close()
      server.closeAllConnections()
      await provider.shutdown()
    },
  }
}

/** The samples of a page, without what the exporter says of itself. */
export function read(page: string): readonly Sample[] {
  return page.split('\n').flatMap((line) => {
    const [, name = '', inner = '', value = ''] = /^(\w+)(?:\{(.*)\})? (\S+)/.exec(line) ?? []
    if (!name.startsWith('entraguard_')) return []
    const labels = [...inner.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)]
      .map(([, label = '', text = '']): [string, string] => [label, text])
      .filter(([label]) => !label.startsWith('otel_scope_'))
    return [{ name, labels: Object.fromEntries(labels), value: Number(value) }]
  })
}

/** An identity provider whose clock stands still until a test moves it. */
export const createEntra = (): Promise<Emulator> =>
  createEmulator({
    now: () => 1_900_000_000_000,
    apps: [{ scopes: ['Orders.Read', 'Orders.Write'], appRoles: ['Orders.Read.All'] }],
  })
