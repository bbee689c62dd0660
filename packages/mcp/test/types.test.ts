import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'

import type { UserIdentity } from '@entraguard/core'
import type { OAuthTokenVerifier as OfSdk1 } from '@modelcontextprotocol/sdk/server/auth/provider.js'
import type { RequestHandlerExtra } from '@modelcontextprotocol/sdk/shared/protocol.js'
import type {
  McpHttpHandler,
  McpRequestContext,
  McpServer,
  OAuthTokenVerifier,
  ServerContext,
} from '@modelcontextprotocol/server'
import type { RequestHandler } from 'express'
import { expectTypeOf, test } from 'vitest'

import type {
  identityOf,
  McpFetchHandler,
  McpGuard,
  McpNodeHandler,
  McpNodeRequest,
  McpNodeResponse,
  McpServing,
  ToolContext,
} from '../src/index.ts'

test('what the SDK has fits, in both versions', () => {
  expectTypeOf<McpHttpHandler>().toExtend<McpFetchHandler>()
  expectTypeOf<ServerContext>().toExtend<ToolContext>()
  expectTypeOf<McpRequestContext>().toExtend<ToolContext>()
  expectTypeOf<RequestHandlerExtra<never, never>>().toExtend<ToolContext>()
  expectTypeOf<McpGuard['tokenVerifier']>().toExtend<OAuthTokenVerifier>()
  expectTypeOf<McpGuard['tokenVerifier']>().toExtend<OfSdk1>()
})

test('what Node and its frameworks have fits', () => {
  expectTypeOf<McpNodeHandler>().toExtend<RequestListener>()
  expectTypeOf<McpNodeHandler>().toExtend<RequestHandler>()
  expectTypeOf<IncomingMessage>().toExtend<McpNodeRequest>()
  expectTypeOf<ServerResponse>().toExtend<McpNodeResponse>()
})

test('a server is made with the identity that the access admits', () => {
  expectTypeOf<(user: UserIdentity) => McpServer>().toExtend<McpServing<UserIdentity>>()
  expectTypeOf<() => Promise<McpServer>>().toExtend<McpServing<UserIdentity>>()
  expectTypeOf<() => McpServer['server']>().not.toExtend<McpServing<UserIdentity>>()
  expectTypeOf<typeof identityOf>().toBeFunction()
})
