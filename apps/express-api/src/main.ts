import { createApp } from './app.ts'
import { verifierOf } from './verifier.ts'

// A wrong variable stops the process here, not the first request.
const verifier = verifierOf(process.env)
const app = createApp(verifier)
const port = Number(process.env['PORT'] ?? 8789)

app.listen(port, '127.0.0.1', () => {
  console.log(`orders API on http://127.0.0.1:${port}`)
})
