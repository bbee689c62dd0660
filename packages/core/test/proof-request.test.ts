import { describe, expect, it } from 'vitest'

import { proofOf, type ProofRequest } from '../src/index.ts'
import { dpop, mtls } from '../src/pop.ts'
import { holder, issueBound, origin, prove, scope } from './support/prover.ts'
import { verifierFor } from './support/issuer.ts'
import { outcomeOf } from './support/outcome.ts'

const byProof = verifierFor({ bound: dpop({ origin }) })
const byConnection = verifierFor({ bound: mtls() })
const byHeader = verifierFor({ bound: mtls({ header: 'X-Cert' }) })
const raw = new Uint8Array([1, 2, 3])
const socket = { getPeerCertificate: () => ({ raw }) }

describe('proofOf', () => {
  it('reads nothing for a verifier that asks for nothing', () => {
    expect(proofOf(verifierFor(), new Request(origin))).toBeUndefined()
  })

  it.each<[string, () => ProofRequest | undefined, object]>([
    [
      'a request of the Fetch API',
      () => proofOf(byProof, new Request(`${origin}/a?b`, { method: 'PUT', headers: { DPoP: 'x' } })),
      { method: 'PUT', url: `${origin}/a?b`, proof: 'x' },
    ],
    [
      'a request of Node',
      () => proofOf(byProof, { method: 'GET', url: '/a', headers: { dpop: 'x' }, socket: {} }),
      { method: 'GET', url: '/a', proof: 'x' },
    ],
    [
      'a request of Express behind a router',
      () => proofOf(byProof, { method: 'GET', originalUrl: '/api/a', url: '/a', headers: {} }),
      { method: 'GET', url: '/api/a', proof: undefined },
    ],
    [
      'a connection of TLS',
      () => proofOf(byConnection, { method: 'GET', url: '/', headers: {}, socket }),
      { method: 'GET', url: '/', certificate: raw },
    ],
    [
      'a connection that the framework has wrapped',
      () => proofOf(byConnection, new Request(`${origin}/`), { socket }),
      { method: 'GET', url: `${origin}/`, certificate: raw },
    ],
    [
      'a connection without a certificate',
      () => proofOf(byConnection, { url: '/', headers: {}, socket: { getPeerCertificate: () => ({}) } }),
      { method: '', url: '/', certificate: undefined },
    ],
    [
      'a connection without TLS',
      () => proofOf(byConnection, { url: '/', headers: {}, socket: {} }),
      { method: '', url: '/', certificate: undefined },
    ],
    [
      'a header of a proxy',
      () => proofOf(byHeader, new Request(`${origin}/`, { headers: { 'x-cert': 'pem' } })),
      { method: 'GET', url: `${origin}/`, certificate: 'pem' },
    ],
  ])('reads what is asked for from %s', (_name, read, expected) => {
    expect(read()).toEqual(expected)
  })

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'socket'],
    ['a function that gives nothing', { getPeerCertificate: () => undefined }],
    ['a function that gives null', { getPeerCertificate: () => null }],
    ['a function that gives a text', { getPeerCertificate: () => 'certificate' }],
    ['a function that gives no bytes', { getPeerCertificate: () => ({ raw: 'certificate' }) }],
    ['no function', { getPeerCertificate: { raw } }],
  ])('reads no certificate where the socket is or has %s', (_name, connected) => {
    const request = { method: 'GET', url: '/', headers: {}, socket: connected }
    expect(proofOf(byConnection, request)).toEqual({ method: 'GET', url: '/', certificate: undefined })
    expect(
      proofOf(byConnection, new Request(`${origin}/`), { socket: connected })?.certificate,
    ).toBeUndefined()
  })

  it('asks the socket as its method, as Node has it', () => {
    const connected = {
      own: raw,
      getPeerCertificate(): object {
        return { raw: this.own }
      },
    }
    expect(proofOf(byConnection, { url: '/', headers: {}, socket: connected })?.certificate).toBe(raw)
  })

  it('reads an address that is missing, and an original one that is, as empty and as the address', () => {
    expect(proofOf(byProof, { headers: {} })).toEqual({ method: '', url: '', proof: undefined })
    expect(proofOf(byProof, { url: '/a', originalUrl: undefined, headers: {} })?.url).toBe('/a')
  })

  it('takes a header with the name get for a header', () => {
    const named = verifierFor({ bound: mtls({ header: 'get' }) })
    expect(proofOf(named, { url: '/', headers: { get: 'pem' } })?.certificate).toBe('pem')
  })

  it('takes no header for one that every object has', () => {
    const named = verifierFor({ bound: mtls({ header: 'constructor' }) })
    expect(proofOf(named, { url: '/', headers: {} })?.certificate).toBeUndefined()
  })

  it('gives one object for one request of Node, so that two guards of it may ask', async () => {
    const token = await issueBound()
    const request = () => ({ method: 'GET', url: '/orders', headers: { dpop: proof }, socket: {} })
    const proof = prove(token)
    const [first, again] = [request(), request()]
    const ask = (of: ReturnType<typeof request>): Promise<string> =>
      outcomeOf(byProof.authenticate(`DPoP ${token}`, scope, { request: proofOf(byProof, of) }))
    expect(proofOf(byProof, first)).toBe(proofOf(byProof, first))
    expect([await ask(first), await ask(first)]).toEqual(['accepted', 'accepted'])
    // The same, sent again.
    expect(await ask(again)).toBe('proof_replayed')
  })

  it('never gives a certificate of a header to a verifier that takes it from the connection', () => {
    const request = { url: '/', headers: { 'x-cert': 'pem' }, socket }
    expect(proofOf(byHeader, request)?.certificate).toBe('pem')
    expect(proofOf(byConnection, request)?.certificate).toBe(raw)
    expect(proofOf(byHeader, request)?.certificate).toBe('pem')
  })

  it('gives a new one where the header was changed meanwhile, and a token has to be proved anew', async () => {
    const [one, other] = [await issueBound(), await issueBound(holder, { uti: 'another' })]
    const request = { method: 'GET', url: '/orders', headers: { dpop: prove(one) }, socket: {} }
    const ask = (token: string): Promise<string> =>
      outcomeOf(byProof.authenticate(`DPoP ${token}`, scope, { request: proofOf(byProof, request) }))
    expect(await ask(one)).toBe('accepted')
    expect(await ask(other)).toBe('proof_invalid')
    request.headers.dpop = prove(other)
    expect(await ask(other)).toBe('accepted')
  })

  it('is two requests where two objects of the Fetch API are', async () => {
    const token = await issueBound()
    const request = new Request(`${origin}/orders`, { headers: { dpop: prove(token) } })
    const ask = (): Promise<string> =>
      outcomeOf(byProof.authenticate(`DPoP ${token}`, scope, { request: proofOf(byProof, request) }))
    expect([await ask(), await ask()]).toEqual(['accepted', 'proof_replayed'])
  })
})
