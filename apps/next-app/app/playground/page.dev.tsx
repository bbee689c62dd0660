import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { connection } from 'next/server'
import type { ReactNode } from 'react'

import { Playground } from '../../components/playground.tsx'
import { loopbackEmulator } from '../../lib/loopback.ts'

export const metadata: Metadata = { title: 'Playground · Entraguard' }

/** Only in `next dev` (its extension), and only with an emulator on this machine. */
export default async function PlaygroundPage(): Promise<ReactNode> {
  await connection()
  if (loopbackEmulator(process.env['ENTRA_EMULATOR_URL']) === undefined) notFound()
  return <Playground />
}
