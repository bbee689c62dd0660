import type { AuthInfo, McpRequestContext, McpServer } from '@modelcontextprotocol/server'

/** A handler of MCP requests: that of `createMcpHandler`, or a transport of SDK 1 behind a function. */
export interface McpFetchHandler {
  /** Called with a request that carries no `Authorization` any more, for a caller whom the guard has let in. */
  fetch(
    request: Request,
    options: { readonly authInfo: AuthInfo; readonly parsedBody?: unknown },
  ): Promise<Response> | Response
}

/** What serves MCP behind the guard: how to make a server for one request, or a handler. */
export type McpServing<I> =
  | ((identity: I, context: McpRequestContext) => McpServer | Promise<McpServer>)
  | McpFetchHandler
