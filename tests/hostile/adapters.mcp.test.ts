import { mcpAdapters } from '../contract/mcp.ts'
import { describeHostile } from './by-http.ts'

for (const adapter of mcpAdapters) describeHostile(adapter)
