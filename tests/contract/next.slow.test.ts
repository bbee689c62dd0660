import { beforeAll } from 'vitest'

import { buildNext, sampleApp, startNext } from '../next/next-process.ts'
import { describeAdapter } from './index.ts'

beforeAll(async () => {
  const { ok, output } = await buildNext(sampleApp)
  if (!ok) throw new Error(output)
}, 180_000)

for (const [name, base] of [
  ['Next.js, App Router on Node', ''],
  ['Next.js, App Router on edge', '/edge'],
  ['Next.js, Pages Router', '/api'],
] as const) {
  describeAdapter({
    name,
    runs: 'in another process',
    async start({ environment }) {
      const server = await startNext(sampleApp, environment)
      return { url: `${server.url}${base}`, close: server.stop }
    },
  })
}
