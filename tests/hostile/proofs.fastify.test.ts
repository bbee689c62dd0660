import { fastifyAdapters } from '../contract/fastify.ts'
import { describeProofs } from './proofs-by-http.ts'

for (const adapter of fastifyAdapters) if (adapter.runs === 'on a socket') describeProofs(adapter)
