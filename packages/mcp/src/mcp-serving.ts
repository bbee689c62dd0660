import type { AuthInfo, McpRequestContext, McpServer } from '@modelcontextprotocol/server'

/** A handler of MCP requests: the one from `createMcpHandler`, or a function around a transport of SDK 1. */
export interface McpFetchHandler {
  /** Called for a caller whom the guard has admitted, with a request from which `Authorization` was removed. */
  fetch(
    request: Request,
    options: { readonly authInfo: AuthInfo; readonly parsedBody?: unknown },
  ): Promise<Response> | Response
}

/** What serves MCP behind the guard: a function that creates a server for one request, or a handler. */
export type McpServing<I> =
  | ((identity: I, context: McpRequestContext) => McpServer | Promise<McpServer>)
  | McpFetchHandler
