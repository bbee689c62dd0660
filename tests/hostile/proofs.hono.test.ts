import { honoAdapters } from '../contract/hono.ts'
import { describeProofs } from './proofs-by-http.ts'

for (const adapter of honoAdapters) if (adapter.runs === 'on a socket') describeProofs(adapter)
