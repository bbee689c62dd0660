import { withEntraGuard } from '@entraguard/next'

import { verifier } from '../../../src/http/servers/setting.ts'

export const GET = withEntraGuard(verifier(), { scopes: ['Orders.Read'] }, () =>
  Response.json([{ id: 1, item: 'A chair' }]),
)
