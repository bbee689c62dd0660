import { withEntraGuard } from '@entraguard/next'

import { onlyAgents } from '../../../lib/access.ts'
import { verifier } from '../../../lib/verifier.ts'

export const GET = withEntraGuard(verifier, onlyAgents, (_request, { kind, key }) =>
  Response.json({ kind, key }),
)
