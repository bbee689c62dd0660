import {
  bearerTokenAuthenticationPolicy,
  createEmptyPipeline,
  createHttpHeaders,
  createPipelineRequest,
  type PipelineResponse,
} from '@azure/core-rest-pipeline'
import {
  claimsChallenge,
  createVerifier,
  EntraGuardError,
  revoked,
  toResponse,
  type Access,
  type Identity,
  type Verifier,
} from '@entraguard/core'
import { createEmulator, type Emulator } from '@entraguard/emulator'
import { beforeEach, describe, expect, it } from 'vitest'

/*
 * The challenges of core, read by the client library of Microsoft's own SDKs: its policy parses the header, asks the
 * credential for a token with the claims that it found, and sends the request once more.
 */

interface Asked {
  readonly claims: string | undefined
}

let entra: Emulator
let asked: Asked[]
let statuses: number[]

beforeEach(async () => {
  entra = await createEmulator({ apps: [{ optionalClaims: ['xms_cc'] }, {}] })
  asked = []
  statuses = []
})

/** An API: its whole answer is made from the refusal. */
async function answer(verifier: Verifier, header: string | undefined, access: Access): Promise<Response> {
  try {
    await verifier.authenticate(header, access)
    return new Response('{}', { status: 200 })
  } catch (error) {
    if (EntraGuardError.is(error)) return toResponse(error, verifier.challenge)
    throw error
  }
}

/** Calls an API as an Azure SDK client does; `issue` stands for Entra ID, which answers the claims request. */
async function call(
  verifier: Verifier,
  access: Access,
  issue: (claims: string | undefined) => Promise<string>,
): Promise<PipelineResponse> {
  const pipeline = createEmptyPipeline()
  const getToken = async (
    _scopes: unknown,
    options: { claims?: string } = {},
  ): Promise<{ token: string; expiresOnTimestamp: number }> => {
    asked.push({ claims: options.claims })
    return { token: await issue(options.claims), expiresOnTimestamp: Date.now() + 3_600_000 }
  }
  pipeline.addPolicy(
    bearerTokenAuthenticationPolicy({ credential: { getToken }, scopes: 'api://orders/.default' }),
  )
  return pipeline.sendRequest(
    {
      sendRequest: async (request) => {
        const response = await answer(verifier, request.headers.get('authorization'), access)
        statuses.push(response.status)
        const headers = createHttpHeaders(Object.fromEntries(response.headers))
        return { request, status: response.status, headers, bodyAsText: await response.text() }
      },
    },
    createPipelineRequest({ url: 'https://api.contoso.com/orders' }),
  )
}

const scopes = ['Orders.Read'] as const
const capable = { scopes, capabilities: ['CP1'] }

describe("the challenges, read by Microsoft's own client", () => {
  it('a missing authentication context is asked for and then accepted', async () => {
    const verifier = createVerifier(entra.verifierOptions())
    const response = await call(verifier, { scopes, authContext: 'c1' }, (claims) =>
      entra.issueUserToken({ ...capable, authenticationContexts: claims === undefined ? [] : ['c1'] }),
    )
    expect(statuses).toEqual([401, 200])
    expect(asked.map(({ claims }) => claims)).toEqual([
      undefined,
      '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}',
    ])
    expect(response.status).toBe(200)
  })

  it('a revocation (continuous access evaluation) brings a token that was issued after it', async () => {
    const since = Math.floor(entra.now() / 1000) - 100
    const check = (identity: Identity): void => {
      if ((identity.issuedAt ?? 0) < since) throw revoked(since)
    }
    const verifier = createVerifier({ ...entra.verifierOptions(), check })
    await call(verifier, { scopes }, (claims) =>
      entra.issueUserToken({ ...capable, claims: { iat: claims === undefined ? since - 1 : since } }),
    )
    expect(statuses).toEqual([401, 200])
    expect(asked[1]?.claims).toBe(`{"access_token":{"nbf":{"essential":true,"value":"${since}"}}}`)
  })

  it('a challenge of another API is handed on, whatever characters are in it', async () => {
    const handedOn = {
      access_token: { acrs: { essential: true, value: 'c7' }, note: { value: 'Zürich 東京 "\\' } },
    }
    const check = (identity: Identity): void => {
      if (!identity.authenticationContexts.includes('c7')) throw claimsChallenge(JSON.stringify(handedOn))
    }
    const verifier = createVerifier({
      ...entra.verifierOptions(),
      check,
      challenge: {
        realm: 'orders',
        resourceMetadata: 'https://api.contoso.com/.well-known/oauth-protected-resource',
      },
    })
    await call(verifier, { scopes }, (claims) =>
      entra.issueUserToken({ ...capable, authenticationContexts: claims === undefined ? [] : ['c7'] }),
    )
    expect(statuses).toEqual([401, 200])
    expect(JSON.parse(asked[1]?.claims ?? '')).toEqual(handedOn)
  })

  it('a client that did not declare cp1 gets a plain 403 and is not sent in circles', async () => {
    const verifier = createVerifier(entra.verifierOptions())
    const response = await call(verifier, { scopes, authContext: 'c1' }, () =>
      entra.issueUserToken({ scopes }),
    )
    expect(statuses).toEqual([403])
    expect(asked).toHaveLength(1)
    expect(response.headers.get('www-authenticate')).not.toContain('claims=')
  })

  it('an ordinary refusal is no challenge for it', async () => {
    const verifier = createVerifier(entra.verifierOptions())
    await call(verifier, { scopes }, () => entra.issueUserToken({ ...capable, expiresIn: -1000 }))
    expect(statuses).toEqual([401])
    expect(asked).toHaveLength(1)
  })

  it('asks once: a client that cannot satisfy the challenge is left with the refusal', async () => {
    const verifier = createVerifier(entra.verifierOptions())
    const response = await call(verifier, { scopes, authContext: 'c1' }, () => entra.issueUserToken(capable))
    expect(statuses).toEqual([401, 401])
    expect(response.status).toBe(401)
  })
})
