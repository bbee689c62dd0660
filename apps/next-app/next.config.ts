import path from 'node:path'

import type { NextConfig } from 'next'
import { PHASE_DEVELOPMENT_SERVER } from 'next/constants.js'

export default function config(phase: string): NextConfig {
  return {
    turbopack: { root: path.join(import.meta.dirname, '../..') },
    poweredByHeader: false,
    devIndicators: false,
    // The playground: `page.dev.tsx` and `route.dev.ts` are no part of a production build.
    ...(phase === PHASE_DEVELOPMENT_SERVER && { pageExtensions: ['dev.tsx', 'dev.ts', 'tsx', 'ts'] }),
  }
}
