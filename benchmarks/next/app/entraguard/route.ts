import { withEntraGuard } from '@entraguard/next'

import { verifier } from '../../setting.ts'

type Handler = (request: Request, context: { params: Promise<Record<string, never>> }) => Promise<Response>
let guarded: Handler | undefined

/** Made by the first request, because a build has no settings; an application writes `GET = withEntraGuard(…)`. */
export const GET: Handler = async (request, context) => {
  guarded ??= withEntraGuard(verifier(), { scopes: ['Orders.Read'] }, () =>
    Response.json([{ id: 1, item: 'A chair' }]),
  ) as unknown as Handler
  return await guarded(request, context)
}
