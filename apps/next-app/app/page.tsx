import { connection } from 'next/server'
import type { ReactNode } from 'react'

const routes = [
  ['GET /orders', 'A user with Orders.Read, or an app with Orders.Read.All'],
  ['POST /orders', 'A user with Orders.Write'],
  ['GET /whoami', 'Any user or app that has some permission'],
  ['GET /whoami/person', 'The same, but no agent'],
  ['GET /whoami/agent', 'Agents only'],
  ['GET /health', 'Anybody: does it run?'],
  ['GET /ready', 'Anybody: does it have the keys of the tenant?'],
] as const

/** What this sample offers. Nobody has to sign in to read it. */
export default async function StartPage(): Promise<ReactNode> {
  // A prerendered page would lack the nonce of proxy.ts, and its scripts would not run.
  await connection()
  return (
    <main>
      <h1>Orders API</h1>
      <p>A request brings an access token of Microsoft Entra ID. Each route says whom it admits.</p>
      <dl>
        {routes.map(([route, who]) => (
          <div key={route}>
            <dt>
              <code>{route}</code>
            </dt>
            <dd>{who}</dd>
          </div>
        ))}
      </dl>
      <p>
        They are here three times: by the App Router on Node, under <code>/edge</code> by the App Router on
        edge, and under <code>/api</code> by the Pages Router.
      </p>
    </main>
  )
}
