// pnpm site [--base /entraguard/] [--out folder]: writes the reference, then builds the pages into site/dist.
import { parseArgs } from 'node:util'

import { build } from 'vitepress'

import { writeApi } from './src/api.ts'

const { values } = parseArgs({
  options: {
    base: { type: 'string', default: '/' }, // a folder of the host, for GitHub Pages
    out: { type: 'string', default: 'dist' },
  },
})

await writeApi()
await build(import.meta.dirname, { base: values.base, outDir: values.out })
