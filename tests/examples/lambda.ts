import { challengeFor, createVerifier, EntraGuardError } from '@entraguard/core'
import { nodeSignature } from '@entraguard/core/node'

// Outside of the handler: the keys live as long as the function's process.
export const verifier = createVerifier({
  tenants: '11111111-1111-4111-8111-111111111111',
  audience: '22222222-2222-4222-8222-222222222222',
  signature: nodeSignature,
})

interface Answer {
  readonly statusCode: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** For a function URL or an HTTP API (payload 2.0), which write the names of headers in lower case. */
export async function handler(event: {
  readonly headers: Readonly<Record<string, string | undefined>>
}): Promise<Answer> {
  const json = { 'content-type': 'application/json' }
  try {
    const user = await verifier.authenticate(event.headers['authorization'], { scopes: ['Orders.Read'] })
    return { statusCode: 200, headers: json, body: JSON.stringify({ hello: user.key }) }
  } catch (error) {
    if (!EntraGuardError.is(error)) throw error
    const { status, headers, body } = challengeFor(error, verifier.challenge)
    return { statusCode: status, headers: { ...headers, ...json }, body: JSON.stringify(body) }
  }
}
