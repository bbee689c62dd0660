import { ExpressAdapter } from '@nestjs/platform-express'

import { start } from './nest-app.ts'

await start(() => {
  const adapter = new ExpressAdapter()
  return { adapter, listener: () => Promise.resolve(adapter.getInstance()) }
})
