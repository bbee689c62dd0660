import { describeAdapter } from './index.ts'
import { mcpAdapters } from './mcp.ts'

for (const adapter of mcpAdapters) describeAdapter(adapter)
