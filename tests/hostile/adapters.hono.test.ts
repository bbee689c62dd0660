import { honoAdapters } from '../contract/hono.ts'
import { describeHostile } from './by-http.ts'

for (const adapter of honoAdapters) describeHostile(adapter)
