import { withEntraGuardApi } from '@entraguard/next'

import { onlyAgents } from '../../../lib/access.ts'
import { verifier } from '../../../lib/verifier.ts'

export default withEntraGuardApi(verifier, onlyAgents, (_req, res, { kind, key }) => {
  res.json({ kind, key })
})
