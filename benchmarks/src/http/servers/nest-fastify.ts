import { FastifyAdapter } from '@nestjs/platform-fastify'

import { start } from './nest-app.ts'

await start(new FastifyAdapter())
