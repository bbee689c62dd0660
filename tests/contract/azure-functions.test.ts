import { functionsAdapters } from './azure-functions.ts'
import { describeAdapter } from './index.ts'

for (const adapter of functionsAdapters) describeAdapter(adapter)
