import { functionsAdapters } from '../contract/azure-functions.ts'
import { describeProofs } from './proofs-by-http.ts'

for (const adapter of functionsAdapters) if (adapter.runs === 'on a socket') describeProofs(adapter)
