import { expressAdapters } from './express.ts'
import { describeAdapter } from './index.ts'

for (const adapter of expressAdapters) describeAdapter(adapter)
