/** The sample MCP server, where the demo starts it. */
export const mcpServers: ReadonlyArray<{ readonly name: string }>
