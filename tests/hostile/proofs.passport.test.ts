import { passportAdapters } from '../contract/passport.ts'
import { describeProofs } from './proofs-by-http.ts'

for (const adapter of passportAdapters) if (adapter.runs === 'on a socket') describeProofs(adapter)
