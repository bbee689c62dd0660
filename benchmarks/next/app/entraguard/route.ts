import { withEntraGuard } from '@entraguard/next'

import { verifier } from '../../setting.ts'

export async function GET(
  request: Request,
  context: { params: Promise<Record<string, never>> },
): Promise<Response> {
  return await withEntraGuard(verifier(), { scopes: ['Orders.Read'] }, () =>
    Response.json([{ id: 1, item: 'A chair' }]),
  )(request as never, context)
}
