import { execFileSync } from 'node:child_process'
import { rm } from 'node:fs/promises'
import path from 'node:path'

import { createEmulator, defaults, type Emulator } from '@entraguard/emulator'
import { listen, type Listening } from '@entraguard/emulator/node'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'

import { apps } from '../../scripts/demo/apps.mjs'
import { mcpServers } from '../../scripts/demo/mcp.mjs'
import { requests } from '../../scripts/demo/requests.mjs'
import { freePort } from '../../scripts/free-port.mjs'
import { version2 } from '../mcp/real-clients.ts'
import { startCollector, type Collector } from './collector.ts'
import { add, authorizationOf, countsOf, duration, requestOf, total, type Counts } from './demo.ts'
import { buildMeteredNext, mcpSamples, nextCopy, samples, type MeteredSample } from './samples.ts'

/*
 * The demo once more: the sample apps as they are built, each in a process of its own, with instrumented verifiers that
 * export to a collector. What the collector has received must add up to what the clients were answered.
 */

let entra: Emulator
let listening: Listening

beforeAll(async () => {
  const root = path.join(import.meta.dirname, '../..')
  const turbo = path.join(root, 'node_modules/turbo/bin/turbo')
  // Others may build the sample of Next at this moment.
  const built = ['@entraguard/opentelemetry', '@entraguard/emulator', './apps/*', '!next-app', 'next-app^...']
  const filters = built.map((name) => `--filter=${name}`)
  execFileSync(process.execPath, [turbo, 'run', 'build', ...filters, '--output-logs=errors-only'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  entra = await createEmulator()
  listening = await listen(entra)
  await buildMeteredNext()
})

afterAll(async () => {
  await listening.close()
  await rm(nextCopy, { recursive: true, force: true })
})

const expectAll = async (collector: Collector, answered: Counts): Promise<void> => {
  // Exports come a quarter of a second apart.
  const counted = (): Counts => countsOf(collector.points(duration))
  await expect.poll(() => total(counted())).toBe(total(answered))
  expect(counted()).toEqual(answered)
}

async function start(
  sample: MeteredSample,
  more: (port: number) => Readonly<Record<string, string>> = () => ({}),
) {
  const [collector, port] = [await startCollector(), await freePort()]
  const environment = {
    ENTRA_TENANTS: defaults.tenantId,
    ENTRA_AUDIENCE: entra.verifierOptions().audience.join(','),
    ENTRA_EMULATOR_URL: listening.url,
    ENTRA_EXPOSE_CODE: '1',
    ENTRA_MIN_REFRESH_INTERVAL: '1',
    ...more(port),
  }
  const served = await sample.start(environment, collector.url, port)
  return {
    collector,
    url: served.url,
    async close() {
      await served.close()
      collector.close()
    },
  }
}

/** A new key is asked for a second after the last time, and not before. */
const untilLetIn = async (send: () => Promise<number>): Promise<number> =>
  await vi.waitFor(
    async () => {
      const status = await send()
      if (status !== 200) throw new Error(`answered ${status}`)
      return status
    },
    { timeout: 120_000 },
  )

it('has every sample of the demo', () => {
  expect(samples.map(({ name }) => name)).toEqual(apps.map(({ name }) => name))
  expect(mcpSamples.map(({ name }) => name)).toEqual(mcpServers.map(({ name }) => name))
})

it.each(samples.map((sample) => [sample.name, sample] as const))(
  'the exported metrics of %s add up to the answers of the demo',
  async (_name, sample) => {
    const served = await start(sample)
    const { collector, url } = served
    const answered: Counts = {}
    let previousKid = ''
    const send = async (row: (typeof requests)[number]): Promise<number> => {
      const authorization = await authorizationOf(entra, row, previousKid)
      const answer = await fetch(requestOf(url, row, authorization))
      const { code } = (await answer.json()) as { readonly code?: string }
      // The public route asks nobody.
      if (row.path !== '/health') add(answered, code ?? 'let in')
      return answer.status
    }
    try {
      for (const row of requests) {
        if (row.rotate === true) previousKid = (await entra.rotateKeys()).previousKid
        const status = row.rotate === true ? await untilLetIn(() => send(row)) : await send(row)
        expect([row.sent, status]).toEqual([row.sent, row.status])
      }
      expect(total(answered)).toBeGreaterThanOrEqual(requests.length - 1)
      await expectAll(collector, answered)
    } finally {
      await served.close()
    }
  },
)

it.each(mcpSamples.map((sample) => [sample.name, sample] as const))(
  'the exported metrics of %s add up to the answers that a real client got',
  async (_name, sample) => {
    const clientId = crypto.randomUUID()
    const served = await start(sample, (port) => ({
      ENTRA_AUDIENCE: clientId,
      ENTRA_RESOURCE: `http://127.0.0.1:${port}/mcp`,
    }))
    const { collector, url } = served
    const resource = `${url}/mcp`
    const scopes = ['Orders.Read', 'Orders.Write']
    entra.register({ apps: [{ clientId, appIdUri: resource, scopes, appRoles: ['Orders.Admin'] }] })
    const answered: Counts = {}
    const client = await version2()({
      server: new URL(resource),
      clientId: defaults.webClientId,
      user: 'aaaaaaaa-0000-4000-8000-000000000001',
      fetch: async (input, init) => {
        const request = new Request(input, init)
        if (request.url.startsWith('https://')) return entra.fetch(request)
        const answer = await fetch(request)
        // The documents ask nobody.
        if (request.url === resource)
          add(answered, answer.status === 401 ? '401' : answer.status === 403 ? '403' : 'let in')
        return answer
      },
    })
    try {
      expect(await client.list()).toContain('place-order')
      expect(await client.call('place-order', { item: 'tea', quantity: 2 })).toContain('"tea"')
      await expect(client.call('close-shop')).rejects.toThrow('does not permit')
      expect(answered).toMatchObject({ '401': 1, '403': 2 })
      await expect.poll(() => byStatus(collector)).toEqual(answered)
    } finally {
      await client.close()
      await served.close()
    }
  },
)

/** The gate lets in whom a tool then refuses, and that is a decision more. */
function byStatus(collector: Collector): Counts {
  const counts: Counts = {}
  for (const { attributes, count } of collector.points(duration))
    add(counts, JSON.stringify(attributes['http.response.status_code'] ?? 'let in'), count)
  const { '"let in"': gate = 0, ...refused } = counts
  return { ...refused, 'let in': gate - (refused['403'] ?? 0) }
}
