import type { Metadata } from 'next'
import type { ReactNode } from 'react'

import '../styles/site.css'

// It stays what it is, whatever is pasted: a title stands in the history and in the window list.
export const metadata: Metadata = { title: 'Token inspector · Entraguard', referrer: 'no-referrer' }

export default function RootLayout({ children }: { readonly children: ReactNode }): ReactNode {
  return (
    <html lang="en">
      <body>{children}</body>
    </html>
  )
}
