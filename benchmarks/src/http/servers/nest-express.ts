import { ExpressAdapter } from '@nestjs/platform-express'

import { start } from './nest-app.ts'

await start(new ExpressAdapter())
