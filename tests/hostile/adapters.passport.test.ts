import { passportAdapters } from '../contract/passport.ts'
import { describeHostile } from './by-http.ts'

for (const adapter of passportAdapters) describeHostile(adapter)
