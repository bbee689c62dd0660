import type { NextApiHandler } from 'next'
import { readinessOf } from 'orders-store'

import { verifier } from '../../lib/verifier.ts'

export default ((_req, res) => {
  const { status, body } = readinessOf(verifier)
  res.status(status).json(body)
}) satisfies NextApiHandler
