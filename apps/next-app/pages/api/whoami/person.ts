import { withEntraGuardApi } from '@entraguard/next'

import { noAgent } from '../../../lib/access.ts'
import { verifier } from '../../../lib/verifier.ts'

export default withEntraGuardApi(verifier, noAgent, (_req, res, { kind, key }) => {
  res.json({ kind, key })
})
