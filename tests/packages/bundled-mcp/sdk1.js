import { once } from 'node:events'

import { requireBearerAuth } from '@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js'
import express from 'express'

import { call, start } from './api.js'

const { entra, guard } = await start()
const app = express().post(
  '/mcp',
  requireBearerAuth({ verifier: guard.tokenVerifier }),
  (_request, response) => {
    response.end('in')
  },
)
const server = app.listen(0, '127.0.0.1')
await once(server, 'listening')
const statuses = []
for (const options of [{ scopes: ['Orders.Read'] }, { scopes: ['Orders.Write'] }, { expiresIn: -3600 }]) {
  const answer = await fetch(
    `http://127.0.0.1:${server.address().port}/mcp`,
    call(await entra.issueUserToken(options)),
  )
  statuses.push(answer.status)
  await answer.text()
}
console.log(JSON.stringify(statuses))
server.close()
server.closeAllConnections()
