// The app in ../../../next must be built: section.ts does that.
import { createServer } from 'node:http'
import path from 'node:path'

import { createRequire } from 'node:module'

import type { NextServer } from 'next/dist/server/next.js'

import { ready } from './blocks.ts'

// The types of Next call its default export a namespace under NodeNext.
const next = createRequire(import.meta.url)('next') as (options: object) => NextServer
const app = next({ dev: false, dir: path.join(import.meta.dirname, '../../../next') })
await app.prepare()
const handle = app.getRequestHandler()
const server = createServer((request, response) => void handle(request, response))
server.listen(0, '127.0.0.1', () => ready(server))
