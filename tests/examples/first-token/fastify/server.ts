import { createApp } from './app.ts'
import { verifier } from './verifier.ts'

const app = await createApp(verifier)
await app.listen({ port: 3000 })
