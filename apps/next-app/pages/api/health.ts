import type { NextApiHandler } from 'next'

export default ((_req, res) => {
  res.json({ status: 'ok' })
}) satisfies NextApiHandler
