import { withEntraGuardApi } from '@entraguard/next'
import type { NextApiHandler } from 'next'

import { readOrders, writeOrders } from '../../lib/access.ts'
import { addOrder, ordersOf } from 'orders-store'
import { verifier } from '../../lib/verifier.ts'

const list = withEntraGuardApi(verifier, readOrders, (_req, res, caller) => {
  res.json({ orders: ordersOf(caller) })
})

const add = withEntraGuardApi(verifier, writeOrders, (req, res, user) => {
  const order = addOrder(user, req.body)
  if (order === undefined) res.status(422).json({ error: 'Send an item and a quantity.' })
  else res.status(201).json(order)
})

const handlers: Readonly<Record<string, NextApiHandler>> = { GET: list, HEAD: list, POST: add }

export default (async (req, res) => {
  const handler = handlers[req.method ?? '']
  if (handler === undefined) res.status(405).setHeader('allow', 'GET, HEAD, POST').end()
  else await handler(req, res)
}) satisfies NextApiHandler
