import { passportAdapters } from './passport.ts'
import { describeAdapter } from './index.ts'

for (const adapter of passportAdapters) describeAdapter(adapter)
