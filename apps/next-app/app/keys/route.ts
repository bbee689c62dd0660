import { verifier } from '../../lib/verifier.ts'

export const dynamic = 'force-dynamic'

/** Which keys this API knows, for the playground of the portal. Where codes are not exposed, there is no such page. */
export function GET(): Response {
  if (verifier.challenge.exposeCode !== true) return new Response(null, { status: 404 })
  return Response.json(verifier.keys())
}
