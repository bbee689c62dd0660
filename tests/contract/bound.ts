import { createVerifier, type Binding } from '@entraguard/core'
import { dpop, mtls } from '@entraguard/core/pop'
import { createEmulator, type Emulator, type ProofKey } from '@entraguard/emulator'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import type { Adapter, Served } from './adapter.ts'
import { inFull } from './answers.ts'
import { sendRaw } from './raw-request.ts'
import { holdsOrders, receive, type Received } from './received.ts'
import { selfSigned } from '../clients/certificate.ts'

/*
 * Tokens that are bound to a key, at every adapter: what the sample app was written with is enough. Its public address is
 * another one than that which the requests go to, as behind a proxy.
 */

const origin = 'https://api.contoso.com'

interface Api extends Served {
  readonly entra: Emulator
  /** What stands before `/orders` in the path, and therefore in the address of a proof. */
  readonly base: string
}

async function start(adapter: Adapter, bound: Binding | readonly Binding[]): Promise<Api> {
  const entra = await createEmulator()
  const options = entra.verifierOptions()
  const environment = { ENTRA_TENANTS: options.tenants, ENTRA_AUDIENCE: options.audience.join(',') }
  const verifier = createVerifier({ ...options, bound })
  const served = await adapter.start({ verifier, environment })
  return { ...served, entra, base: new URL(served.url).pathname.replace(/\/$/, '') }
}

interface Sent {
  readonly token: string
  readonly proof?: string | undefined
  readonly scheme?: string
  readonly method?: string
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
}

async function send(api: Api, sent: Sent): Promise<Received> {
  const { token, proof, scheme = 'DPoP', method = 'GET', path = '/orders', headers } = sent
  const request = new Request(`${api.url}${path}`, {
    method,
    headers: {
      ...headers,
      authorization: `${scheme} ${token}`,
      ...(proof !== undefined && { dpop: proof }),
      ...(method === 'POST' && { 'content-type': 'application/json' }),
    },
    ...(method === 'POST' && { body: JSON.stringify({ item: 'tea', quantity: 2 }) }),
  })
  const received = await receive(await (api.fetch ?? fetch)(request))
  const everything = `${received.text}\n${[...received.headers].flat().join('\n')}`
  // Nothing of what came goes out.
  for (const part of `${token}.${proof ?? ''}`.split('.').filter(({ length }) => length > 12))
    expect(everything).not.toContain(part)
  expect(received.status >= 300 && holdsOrders(received)).toBe(false)
  return received
}

/** What MCP adds is not what this is about. */
const challengeOf = ({ headers }: Received): string | undefined =>
  headers.get('www-authenticate')?.replace(/, resource_metadata="[^"]+"/, '')

const scope = `scope="${inFull('Orders.Read')}"`
const invalidProof = {
  status: 401,
  error: 'invalid_dpop_proof',
  challenge: `DPoP error="invalid_dpop_proof", error_description="The DPoP proof is not valid for this request.", ${scope}, algs="ES256"`,
}
const invalidToken = {
  status: 401,
  error: 'invalid_token',
  challenge: `DPoP error="invalid_token", error_description="The access token is not valid for this API.", ${scope}, algs="ES256"`,
}
const invalidBearer = {
  status: 401,
  error: 'invalid_token',
  challenge: `Bearer error="invalid_token", error_description="The access token is not valid for this API.", ${scope}, DPoP algs="ES256"`,
}
const accepted = { status: 200, error: undefined, challenge: undefined }

const seen = (received: Received): object => ({
  status: received.status,
  error: received.status < 300 ? undefined : (JSON.parse(received.text) as { error?: string }).error,
  challenge: challengeOf(received),
})

/** The contract for bound tokens. Apps in other processes are configured by variables, and have no option `bound`. */
export function describeBoundTokens(adapter: Adapter): void {
  if (adapter.runs === 'in another process') return
  describe('takes tokens that are bound to a key from their holders', () => {
    describeProofs(adapter)
    describeNonces(adapter)
    describeCertificates(adapter)
  })
}

function describeProofs(adapter: Adapter): void {
  let api: Api
  let key: ProofKey
  let thief: ProofKey
  let token: string
  beforeAll(async () => {
    api = await start(adapter, dpop({ origin }))
    key = await api.entra.createProofKey()
    thief = await api.entra.createProofKey()
    token = await api.entra.issueUserToken({ boundTo: key })
  })
  afterAll(async () => api?.close())

  const proofFor = (path = '/orders', method = 'GET', by = key): Promise<string> =>
    by.proof({ method, url: `${origin}${api.base}${path}`, accessToken: token })

  it('lets them in, again and again, each time with a new proof', async () => {
    for (let time = 0; time < 3; time++)
      expect(seen(await send(api, { token, proof: await proofFor() }))).toEqual(accepted)
  })

  it('counts a proof for its method and its path', async () => {
    const writer = await api.entra.issueUserToken({ boundTo: key, scopes: ['Orders.Write'] })
    const proof = await key.proof({
      method: 'POST',
      url: `${origin}${api.base}/orders`,
      accessToken: writer,
    })
    expect((await send(api, { token: writer, proof, method: 'POST' })).status).toBe(201)
    expect(seen(await send(api, { token, proof: await proofFor('/orders', 'POST') }))).toEqual(invalidProof)
    expect(seen(await send(api, { token, proof: await proofFor('/whoami') }))).toEqual(invalidProof)
    expect((await send(api, { token, proof: await proofFor('/whoami'), path: '/whoami' })).status).toBe(200)
  })

  it('does not look at a query', async () => {
    const proof = await proofFor()
    expect(seen(await send(api, { token, proof, path: '/orders?of=today' }))).toEqual(accepted)
  })

  it('refuses a proof that came before', async () => {
    const proof = await proofFor()
    expect(seen(await send(api, { token, proof }))).toEqual(accepted)
    expect(seen(await send(api, { token, proof }))).toEqual(invalidProof)
  })

  it('refuses one of two at the same time', async () => {
    const proof = await proofFor()
    const both = await Promise.all([send(api, { token, proof }), send(api, { token, proof })])
    expect(both.map(({ status }) => status).toSorted((one, other) => one - other)).toEqual([200, 401])
  })

  it('refuses a stolen token, with whatever the thief has', async () => {
    expect(seen(await send(api, { token }))).toEqual(invalidProof)
    expect(seen(await send(api, { token, proof: '' }))).toEqual(invalidProof)
    expect(seen(await send(api, { token, proof: await proofFor('/orders', 'GET', thief) }))).toEqual(
      invalidProof,
    )
    expect(seen(await send(api, { token, scheme: 'Bearer' }))).toEqual(invalidBearer)
    expect(seen(await send(api, { token, scheme: 'Bearer', proof: await proofFor() }))).toEqual(invalidBearer)
  })

  it('takes the address from its configuration, not from what the caller says of it', async () => {
    const evil = { 'x-forwarded-host': 'evil.test', 'x-forwarded-proto': 'http', forwarded: 'host=evil.test' }
    const url = `https://evil.test${api.base}/orders`
    const foreign = await key.proof({ method: 'GET', url, accessToken: token })
    expect(seen(await send(api, { token, proof: foreign, headers: evil }))).toEqual(invalidProof)
    const ofThisServer = await key.proof({ method: 'GET', url: `${api.url}/orders`, accessToken: token })
    expect(seen(await send(api, { token, proof: ofThisServer }))).toEqual(invalidProof)
    expect(seen(await send(api, { token, proof: await proofFor(), headers: evil }))).toEqual(accepted)
  })

  it('still takes plain tokens, as what they are', async () => {
    const plain = await api.entra.issueUserToken()
    expect(seen(await send(api, { token: plain, scheme: 'Bearer' }))).toEqual(accepted)
    const proof = await key.proof({ method: 'GET', url: `${origin}${api.base}/orders`, accessToken: plain })
    expect(seen(await send(api, { token: plain, proof }))).toEqual(invalidToken)
  })

  it('tells a client without a token of both schemes', async () => {
    const received = await receive(await (api.fetch ?? fetch)(new Request(`${api.url}/orders`)))
    expect(seen(received)).toEqual({
      status: 401,
      error: 'unauthorized',
      challenge: `Bearer ${scope}, DPoP algs="ES256"`,
    })
  })

  it('refuses two proofs', async () => {
    const proofs = [await proofFor(), await proofFor()]
    expect(seen(await send(api, { token, proof: proofs.join(', ') }))).toEqual(invalidProof)
    if (adapter.runs !== 'on a socket') return
    const url = new URL(api.url)
    const lines = [
      `GET ${api.base}/orders HTTP/1.1`,
      `Host: ${url.host}`,
      `Authorization: DPoP ${token}`,
      ...proofs.map((proof) => `DPoP: ${proof}`),
    ]
    const received = await sendRaw(url, lines)
    expect({ status: received.status, challenge: challengeOf(received) }).toEqual({
      status: invalidProof.status,
      challenge: invalidProof.challenge,
    })
    // None of them was used.
    for (const proof of proofs) expect(seen(await send(api, { token, proof }))).toEqual(accepted)
  })
}

function describeNonces(adapter: Adapter): void {
  it('asks for its nonces, and takes them', async () => {
    const api = await start(adapter, dpop({ origin, nonce: true, required: true }))
    try {
      const key = await api.entra.createProofKey()
      const token = await api.entra.issueUserToken({ boundTo: key })
      const url = `${origin}${api.base}/orders`
      const asked = await send(api, {
        token,
        proof: await key.proof({ method: 'GET', url, accessToken: token }),
      })
      expect(seen(asked)).toEqual({
        status: 401,
        error: 'use_dpop_nonce',
        challenge: `DPoP error="use_dpop_nonce", error_description="The DPoP proof must hold a nonce of this API.", ${scope}, algs="ES256"`,
      })
      const nonce = asked.headers.get('dpop-nonce') ?? ''
      expect(nonce).toMatch(/^[\w-]{43}$/)
      const proof = await key.proof({ method: 'GET', url, accessToken: token, nonce })
      expect(seen(await send(api, { token, proof }))).toEqual(accepted)
      const plain = await send(api, { token: await api.entra.issueUserToken(), scheme: 'Bearer' })
      expect(seen(plain)).toEqual(invalidToken)
    } finally {
      await api.close()
    }
  })
}

function describeCertificates(adapter: Adapter): void {
  it('takes tokens of a certificate that a proxy tells', async () => {
    const api = await start(adapter, mtls({ header: 'X-Client-Cert' }))
    try {
      const [own, other] = await Promise.all([selfSigned('client'), selfSigned('other')])
      const token = await api.entra.issueUserToken({ boundTo: { certificate: own.pem } })
      const call = async (pem: string | undefined, scheme: string): Promise<number> =>
        (
          await send(api, {
            token,
            scheme,
            headers: pem === undefined ? {} : { 'x-client-cert': encodeURIComponent(pem) },
          })
        ).status
      for (const scheme of ['Bearer', 'MTLS_POP', 'mtls_pop']) {
        expect(await call(own.pem, scheme)).toBe(200)
        expect(await call(other.pem, scheme)).toBe(401)
        expect(await call(undefined, scheme)).toBe(401)
      }
    } finally {
      await api.close()
    }
  })
}
