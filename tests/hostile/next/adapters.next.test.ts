import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

import { withEntraGuard, withEntraGuardApi } from '@entraguard/next'
import type { NextApiRequest, NextApiResponse } from 'next'
import { NextRequest } from 'next/server.js'

import { describeHostile } from '../by-http.ts'

const access = { callers: ['user', 'app'] } as const

describeHostile({
  name: 'Next.js, a route handler',
  runs: 'in memory',
  async start({ verifier }) {
    const handler = withEntraGuard(verifier, access, (_request, { kind }) => Response.json({ kind }))
    return {
      url: 'http://api.test',
      fetch: (request) => handler(new NextRequest(request), {}),
      close: async () => {},
    }
  },
})

describeHostile({
  name: 'Next.js, an API route on a socket',
  runs: 'on a socket',
  async start({ verifier }) {
    const handler = withEntraGuardApi(verifier, access, (_request, response, { kind }) => {
      response.end(JSON.stringify({ kind }))
    })
    // What Next adds to Node's request and response is not needed here.
    const server = createServer((request, response) => {
      handler(request as NextApiRequest, response as NextApiResponse).catch(() => response.destroy())
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    return {
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      async close() {
        server.close()
        await once(server, 'close')
      },
    }
  },
})
