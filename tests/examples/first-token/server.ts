import { authorizationOf, EntraGuardError, writeRefusal } from '@entraguard/core'
import { createServer } from 'node:http'

import { verifier } from './verifier.ts'

createServer((request, response) => {
  verifier.authenticate(authorizationOf(request), { scopes: ['Orders.Read'] }).then(
    (user) => response.setHeader('content-type', 'application/json').end(JSON.stringify({ hello: user.key })),
    (error: unknown) => {
      if (!EntraGuardError.is(error)) return response.writeHead(500).end()
      return writeRefusal(response, error, verifier.challenge)
    },
  )
}).listen(3000)
