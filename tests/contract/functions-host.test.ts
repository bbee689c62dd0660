import { once } from 'node:events'
import { request } from 'node:http'
import type { AddressInfo } from 'node:net'

import { createHost } from 'functions-api/src/host.ts'
import { afterAll, beforeAll, expect, it } from 'vitest'

const asked: string[] = []
const server = createHost({
  orders: {
    methods: ['GET'],
    handler: ({ url }) => {
      asked.push(url)
      return { status: 200 }
    },
  },
})

beforeAll(() => once(server.listen(0, '127.0.0.1'), 'listening'))
afterAll(() => void server.close())

const origin = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`

/** `fetch` would mend the path. */
async function statusOf(path: string): Promise<number | undefined> {
  const [answer] = (await once(request(origin(), { path }).end(), 'response')) as [
    { statusCode?: number; resume(): void },
  ]
  answer.resume()
  return answer.statusCode
}

it('the host of the Functions sample takes no part of a path for the host of the request', async () => {
  for (const path of [
    '//evil.example/api/orders',
    String.raw`/\evil.example/api/orders`,
    '//user@evil.example/api/orders',
  ])
    expect([path, await statusOf(path)]).toEqual([path, 404])
  expect(await statusOf('/api/orders?of=//evil.example')).toBe(200)
  expect(asked).toEqual([`${origin()}/api/orders?of=//evil.example`])
})
