import { functionsOf } from './functions.ts'
import { createHost } from './host.ts'
import { verifierOf } from './verifier.ts'

// A wrong variable stops the process here, not the first request.
const host = createHost(functionsOf(verifierOf(process.env)))
const port = Number(process.env['PORT'] ?? 8791)

host.listen(port, '127.0.0.1', () => {
  console.log(`orders API on http://127.0.0.1:${port}/api`)
})
