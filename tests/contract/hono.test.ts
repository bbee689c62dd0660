import { honoAdapters } from './hono.ts'
import { describeAdapter } from './index.ts'

for (const adapter of honoAdapters) describeAdapter(adapter)
