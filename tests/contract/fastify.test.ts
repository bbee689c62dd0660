import { fastifyAdapters } from './fastify.ts'
import { describeAdapter } from './index.ts'

for (const adapter of fastifyAdapters) describeAdapter(adapter)
