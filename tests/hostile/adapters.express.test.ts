import { expressAdapters } from '../contract/express.ts'
import { describeHostile } from './by-http.ts'

for (const adapter of expressAdapters) describeHostile(adapter)
