import path from 'node:path'

import type { NextConfig } from 'next'

const config: NextConfig = {
  outputFileTracingRoot: path.join(import.meta.dirname, '../..'),
  // The types of this folder are checked with those of its neighbours.
  typescript: { ignoreBuildErrors: true },
  turbopack: { root: path.join(import.meta.dirname, '../..') },
}

export default config
