import { nestAdapters } from '../contract/nest.ts'
import { describeProofs } from './proofs-by-http.ts'

for (const adapter of nestAdapters('NestJS 12')) describeProofs(adapter)
