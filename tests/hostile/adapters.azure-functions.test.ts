import { functionsAdapters } from '../contract/azure-functions.ts'
import { describeHostile } from './by-http.ts'

for (const adapter of functionsAdapters) describeHostile(adapter)
