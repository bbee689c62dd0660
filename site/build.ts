// pnpm site: writes the reference, then builds the pages into site/dist.
import { build } from 'vitepress'

import { writeApi } from './src/api.ts'

await writeApi()
await build(import.meta.dirname)
