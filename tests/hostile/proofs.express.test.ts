import { expressAdapters } from '../contract/express.ts'
import { describeProofs } from './proofs-by-http.ts'

for (const adapter of expressAdapters) if (adapter.runs === 'on a socket') describeProofs(adapter)
