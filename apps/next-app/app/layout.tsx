import type { Metadata } from 'next'
import type { ReactNode } from 'react'

import '../styles/site.css'

export const metadata: Metadata = { title: 'Orders API · Entraguard' }

export default function RootLayout({ children }: { readonly children: ReactNode }): ReactNode {
  return (
    <html lang="en">
      <body>{children}</body>
    </html>
  )
}
