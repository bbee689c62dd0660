import { connection } from 'next/server'
import type { ReactNode } from 'react'

import { Inspector } from '../components/inspector.tsx'

export default async function InspectorPage(): Promise<ReactNode> {
  // A prerendered page would lack the nonce of proxy.ts, and its scripts would not run.
  await connection()
  return <Inspector />
}
