import { beforeAll, describe, it } from 'vitest'

import { expectProbeOfProcess } from '../examples/readiness.ts'
import { buildNext, sampleApp, startNext } from '../next/next-process.ts'
import { describeAdapter } from './index.ts'

beforeAll(async () => {
  const { ok, output } = await buildNext(sampleApp)
  if (!ok) throw new Error(output)
})

const ways = [
  ['Next.js, App Router on Node', ''],
  ['Next.js, App Router on edge', '/edge'],
  ['Next.js, Pages Router', '/api'],
] as const

for (const [name, base] of ways) {
  describeAdapter({
    name,
    runs: 'in another process',
    start: ({ environment }) => start(environment, base),
  })
}

describe('a readiness probe of the sample', () => {
  it.each(ways)('%s', (_name, base) => expectProbeOfProcess((environment) => start(environment, base)))
})

async function start(environment: Readonly<Record<string, string>>, base: string) {
  const { url, stop } = await startNext(sampleApp, environment)
  return { url: `${url}${base}`, close: stop }
}
