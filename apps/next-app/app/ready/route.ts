import { readinessOf } from 'orders-store'

import { verifier } from '../../lib/verifier.ts'

export const dynamic = 'force-dynamic'

export function GET(): Response {
  const { status, body } = readinessOf(verifier)
  return Response.json(body, { status })
}
