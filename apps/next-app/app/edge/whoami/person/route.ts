import { withEntraGuard } from '@entraguard/next'

import { noAgent } from '../../../../lib/access.ts'
import { verifier } from '../../../../lib/verifier.ts'

export const runtime = 'edge'

export const GET = withEntraGuard(verifier, noAgent, (_request, { kind, key }) =>
  Response.json({ kind, key }),
)
