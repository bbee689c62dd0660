import { mcpAdapters } from '../contract/mcp.ts'
import { describeProofs } from './proofs-by-http.ts'

for (const adapter of mcpAdapters) if (adapter.runs === 'on a socket') describeProofs(adapter)
