// For workerd with `nodejs_compat`.
import { bareNodeCrypto, nodeEngine } from '../node-engine.ts'
import { portableContestants } from '../portable.ts'
import { serve } from './serve.ts'

export default serve(async (facts) => [
  ...(await portableContestants(facts)),
  bareNodeCrypto(facts),
  ...nodeEngine(facts),
])
