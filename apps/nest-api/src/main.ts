import { NestFactory } from '@nestjs/core'
import { FastifyAdapter } from '@nestjs/platform-fastify'

import { AppModule } from './app.module.ts'
import { serveDocs } from './docs.ts'

// `node dist/main.js` runs on Express, `node dist/main.js --fastify` on Fastify: the routes are the same.
const app = process.argv.includes('--fastify')
  ? await NestFactory.create(AppModule, new FastifyAdapter(), { logger: ['warn', 'error'] })
  : await NestFactory.create(AppModule, { logger: ['warn', 'error'] })
serveDocs(app)
await app.listen(Number(process.env['PORT'] ?? 3000), '127.0.0.1')
console.log(`orders API on ${await app.getUrl()}, Swagger UI at /docs`)
