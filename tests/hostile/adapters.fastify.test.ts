import { fastifyAdapters } from '../contract/fastify.ts'
import { describeHostile } from './by-http.ts'

for (const adapter of fastifyAdapters) describeHostile(adapter)
