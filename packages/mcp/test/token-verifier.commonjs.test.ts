import { createRequire } from 'node:module'

import type { requireBearerAuth } from '@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js'
import express from 'express'
import { expect, test } from 'vitest'

import { mcpGuard } from '../src/index.ts'
import { call, createWorld, gate, resource, serve } from './support.ts'

const require = createRequire(import.meta.url)
const sdk = require('@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js') as {
  requireBearerAuth: typeof requireBearerAuth
}

// A file of its own: in a process where the SDK is there twice, the copy of CommonJS is taken for the application's.
test('an application in CommonJS, whose classes are others, gets the same answers', async () => {
  const { entra, verifier } = await createWorld()
  const { tokenVerifier } = mcpGuard(verifier, { resource, access: gate })
  const app = express().post('/mcp', sdk.requireBearerAuth({ verifier: tokenVerifier }), (_, response) =>
    response.end('in'),
  )
  const { url, close } = await serve(app)
  const send = async (token: string): Promise<number> =>
    (await fetch(`${url}/mcp`, call('mine', token))).status
  expect(await send(await entra.issueUserToken({ expiresIn: -3600 }))).toBe(401)
  expect(await send(await entra.issueUserToken({ scopes: ['Orders.Write'] }))).toBe(403)
  const unseen = await entra.issueUserToken({ signWith: 'unknown' })
  entra.goOffline()
  expect(await send(await entra.issueUserToken())).toBe(200)
  entra.advance(31)
  expect(await send(unseen)).toBe(400)
  await close()
})
