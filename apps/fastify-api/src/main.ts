import { createApp } from './app.ts'
import { verifierOf } from './verifier.ts'

// A wrong variable stops the process here, not the first request.
const app = await createApp(verifierOf(process.env))
const url = await app.listen({ port: Number(process.env['PORT'] ?? 8790), host: '127.0.0.1' })
console.log(`orders API on ${url}`)
