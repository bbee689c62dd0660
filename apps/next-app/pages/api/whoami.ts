import { withEntraGuardApi } from '@entraguard/next'

import { anyCaller } from '../../lib/access.ts'
import { verifier } from '../../lib/verifier.ts'

export default withEntraGuardApi(verifier, anyCaller, (_req, res, { kind, key }) => {
  res.json({ kind, key })
})
