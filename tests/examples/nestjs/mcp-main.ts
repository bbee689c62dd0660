import { NestFactory } from '@nestjs/core'

import { AppModule, mcp } from './mcp.js'

const app = await NestFactory.create(AppModule)
app.connectMicroservice({ strategy: mcp })
await app.startAllMicroservices()
await app.listen(3000)
