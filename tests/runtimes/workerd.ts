import { convertV4MiniflareOptions, Miniflare, type V4MiniflareOptions } from 'miniflare'

/** A worker that runs in a workerd of its own. */
export interface Workerd {
  readonly miniflare: Miniflare
  /** Where it listens, without a slash at the end. */
  readonly url: string
  /** Everything that the runtime and the worker logged. */
  readonly logs: string[]
  close(): Promise<void>
}

/** Starts a bundled worker. `compatibilityFlags` is where `nodejs_compat` goes. */
export async function startWorkerd(
  contents: string,
  options: Omit<V4MiniflareOptions, 'workers' | 'modules' | 'script' | 'scriptPath'> = {},
): Promise<Workerd> {
  const logs: string[] = []
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      modules: [{ type: 'ESModule', path: 'worker.js', contents }],
      compatibilityDate: '2026-07-01',
      host: '127.0.0.1',
      port: 0,
      handleStructuredLogs: ({ level, message }) => void logs.push(`${level}: ${message}`),
      ...options,
    }),
  )
  const { origin } = await miniflare.ready
  return { miniflare, url: origin, logs, close: () => miniflare.dispose() }
}
