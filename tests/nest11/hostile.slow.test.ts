import { nestAdapters } from '../contract/nest.ts'
import { describeHostile } from '../hostile/by-http.ts'

for (const adapter of nestAdapters('NestJS 11')) describeHostile(adapter)
