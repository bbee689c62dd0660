// pnpm site:dev: the same pages on http://localhost:5173; a saved Markdown file shows at once.
import { createServer } from 'vitepress'

import { writeApi } from './src/api.ts'

await writeApi()
const server = await createServer(import.meta.dirname)
await server.listen()
server.printUrls()
