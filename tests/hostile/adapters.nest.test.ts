import { nestAdapters } from '../contract/nest.ts'
import { describeHostile } from './by-http.ts'

for (const adapter of nestAdapters('NestJS 12')) describeHostile(adapter)
