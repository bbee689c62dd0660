import { createHash } from 'node:crypto'

import { describe, expect, it } from 'vitest'

import { combineVerifiers, type ProofRequest } from '../../src/index.ts'
import { dpop, mtls, type MtlsOptions } from '../../src/pop.ts'
import { readCertificate } from '../../src/pop/certificate.ts'
import { issue, tenantId, toBase64url, verifierFor } from '../support/issuer.ts'
import { outcomeOf, outcomeOfCall } from '../support/outcome.ts'
import { holder, issueBound, origin, prove, scope, withProof } from '../support/prover.ts'

/** What counts of a certificate here: one SEQUENCE. Real ones come in over real connections elsewhere. */
const der = (text: string): Buffer => {
  const body = Buffer.from(text.padEnd(400, '.'))
  return Buffer.concat([Buffer.from([0x30, 0x82, body.length >> 8, body.length & 0xff]), body])
}
const own = der('the certificate of the client')
const other = der('another one')
const base64 = own.toString('base64')
const lines = base64.match(/.{1,64}/g)?.join('\n') ?? ''
const pem = `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`
/** The last letter before the padding, with a bit that only counts beyond ASCII. */
const cutToLast = (end: string): string => `${String.fromCharCode(end.charCodeAt(0) + 0x100)}=`
const x5t = createHash('sha256').update(own).digest('base64url')
const token = await issue({ cnf: { 'x5t#S256': x5t } })

const call = (
  certificate: ProofRequest['certificate'],
  authorization = `Bearer ${token}`,
  options?: MtlsOptions,
): Promise<string> =>
  outcomeOf(
    verifierFor({ bound: mtls(options) }).authenticate(authorization, scope, {
      request: { method: 'GET', url: '/orders', certificate },
    }),
  )

describe('a token that is bound to a client certificate', () => {
  it.each(['Bearer', 'MTLS_POP', 'mtls_pop'])('lets its client in as %s, and nobody else', async (scheme) => {
    expect(await call(own, `${scheme} ${token}`)).toBe('accepted')
    expect(await call(other, `${scheme} ${token}`)).toBe('proof_invalid')
    expect(await call(undefined, `${scheme} ${token}`)).toBe('proof_missing')
  })

  it('says by which certificate', async () => {
    const identity = await verifierFor({ bound: mtls() }).authenticate(`MTLS_POP ${token}`, scope, {
      request: { method: 'GET', url: '/', certificate: own },
    })
    expect(identity.bound).toEqual({ by: 'mtls', thumbprint: x5t })
  })

  it('is refused in the scheme of another binding, by verify, and without the request', async () => {
    const verifier = verifierFor({ bound: [mtls(), dpop({ origin })] })
    const request = { method: 'GET', url: '/orders', certificate: own }
    expect(await outcomeOf(verifier.authenticate(`DPoP ${token}`, scope, { request }))).toBe(
      'bound_token_refused',
    )
    expect(await outcomeOf(verifier.verify(token, { request }))).toBe('bound_token_refused')
    expect(await outcomeOf(verifier.authenticate(`Bearer ${token}`, scope))).toBe('proof_missing')
  })

  it('stands beside tokens of DPoP, each proved in its own way', async () => {
    const verifier = verifierFor({ bound: [dpop({ origin }), mtls()] })
    const bound = await issueBound()
    expect(await outcomeOf(verifier.authenticate(`DPoP ${bound}`, scope, withProof(prove(bound))))).toBe(
      'accepted',
    )
    const request = { method: 'GET', url: '/orders', certificate: own }
    expect(await outcomeOf(verifier.authenticate(`Bearer ${token}`, scope, { request }))).toBe('accepted')
    expect(await outcomeOf(verifier.authenticate(`Bearer ${bound}`, scope, { request }))).toBe(
      'bound_token_refused',
    )
    expect(verifier.bound).toEqual({ proof: true, certificate: 'tls' })
  })

  it('is the only one that is taken where it is required', async () => {
    expect(await call(own, `Bearer ${await issue()}`, { required: true })).toBe('token_not_bound')
    expect(await call(own, `Bearer ${token}`, { required: true })).toBe('accepted')
    expect(await call(own, `MTLS_POP ${await issue()}`)).toBe('token_not_bound')
    const either = verifierFor({ bound: [mtls({ required: true }), dpop({ origin })] })
    expect(await outcomeOf(either.authenticate(`Bearer ${await issue()}`, scope))).toBe('token_not_bound')
  })
})

describe('a certificate in a header', () => {
  it.each<[string, string]>([
    ['PEM', pem],
    ['PEM without a line break at the end', pem.trim()],
    ['PEM in one line, with spaces', pem.trim().replaceAll('\n', ' ')],
    ['PEM that is percent-encoded', encodeURIComponent(pem)],
    ['PEM that is percent-encoded but for +, / and =', encodeURI(pem)],
    ['base64', base64],
    ['base64 in lines', lines],
    ['base64 between colons, as RFC 9440 writes it', `:${base64}:`],
    ['base64 between colons, with blanks around it', ` :${base64}: `],
    ['base64 without its padding', base64.replace(/=+$/, '')],
    ['base64 that is percent-encoded', encodeURIComponent(base64)],
  ])('is read from %s', async (_name, header) => {
    expect(await call(header)).toBe('accepted')
    expect(await call([header])).toBe('accepted')
  })

  it.each<[string, ProofRequest['certificate']]>([
    ['two certificates', pem + pem],
    ['two headers', [pem, pem]],
    ['two headers that something has joined', `${base64}, ${base64}`],
    ['a chain in one header', encodeURIComponent(pem + pem)],
    ['base64url', toBase64url(Buffer.alloc(300, 0xff))],
    ['its thumbprint', x5t],
    ['its subject', 'CN=client'],
    ['a key', pem.replaceAll('CERTIFICATE', 'PUBLIC KEY')],
    ['something behind it', `${base64}AAAA`],
    ['a word in front of PEM', `subject ${pem}`],
    ['a word behind PEM', `${pem} subject`],
    ['a colon in front of it', `:${base64}`],
    ['a colon behind it', `${base64}:`],
    ['a letter in front of the colons', `A:${base64}:`],
    ['a letter behind the colons', `:${base64}:A`],
    ['more padding than there can be', `${base64}==`],
    ['padding in front of it', `=${base64}`],
    ['a part of it', base64.slice(0, 400)],
    ['percent signs that encode nothing', `%zz${base64}`],
    ['letters that are none of ASCII', `${base64.slice(0, -4)}ťťťť`],
    ['blanks that are none of ASCII', `${base64}\u00A0`],
    ['a first letter that some decoders cut', encodeURIComponent(`ō${base64.slice(1)}`)],
    ['a last letter that some decoders cut', encodeURIComponent(base64.replace(/.=$/, cutToLast))],
    ['more than any certificate', 'A'.repeat(20_000)],
    ['DER with something behind it', Buffer.concat([own, Buffer.alloc(1)])],
    ['DER that is cut', own.subarray(0, 100)],
    ['no DER', Buffer.from('certificate')],
    ['no bytes', new Uint8Array()],
    ['a number', 1 as never],
    ['what Node has around it', { raw: own } as never],
  ])('that is %s proves nothing', async (_name, header) => {
    expect(await call(header)).toBe('proof_invalid')
  })

  it.each([undefined, null, '', []])('that is %j is none', async (header) => {
    expect(await call(header as string)).toBe('proof_missing')
  })
})

/** DER of so many bytes in all. */
const sized = (length: number): Buffer =>
  Buffer.concat([Buffer.from([0x30, 0x82, (length - 4) >> 8, (length - 4) & 0xff]), Buffer.alloc(length - 4)])
const reading = (certificate: Uint8Array | string): string =>
  outcomeOfCall(() => readCertificate({ method: 'GET', url: '/', certificate }))

describe('the bytes of a certificate', () => {
  it.each<[string, Uint8Array | string]>([
    ['with one byte of length', Buffer.concat([Buffer.from([0x30, 0x81, 0x80]), Buffer.alloc(0x80)])],
    ['with two', sized(300)],
    ['of 16 kB, and no more', sized(16_384)],
    [
      'in every letter of base64',
      sized(300)
        .fill(Buffer.from([0xfb, 0xef, 0xbe, 0xff]), 4)
        .toString('base64'),
    ],
    ['of 16,384 characters, and no more', sized(12_288).toString('base64')],
  ])('are read %s', (_name, certificate) => {
    expect(reading(certificate)).toBe('accepted')
  })

  it.each<[string, Uint8Array | string]>([
    ['no SEQUENCE', Buffer.concat([Buffer.from([0x31, 0x82, 1, 0]), Buffer.alloc(256)])],
    ['a tag alone', Buffer.from([0x30])],
    ['a length of no bytes', Buffer.from([0x30, 0x80])],
    ['a length whose bytes are missing', Buffer.from([0x30, 0x82])],
    ['shorter than any certificate', Buffer.from([0x30, 0x03, 1, 2, 3])],
    [
      'a short form that reads like a long one',
      Buffer.concat([Buffer.from([0x30, 1, 200]), Buffer.alloc(200)]),
    ],
    [
      'of 127 bytes, which the long form is not for',
      Buffer.concat([Buffer.from([0x30, 0x81, 127]), Buffer.alloc(127)]),
    ],
    ['followed by another byte', Buffer.concat([sized(300), Buffer.alloc(1)])],
    ['a byte short', sized(300).subarray(0, 299)],
    ['a byte more than 16 kB', sized(16_385)],
    ['more than 16,384 characters', sized(12_289).toString('base64')],
  ])('are none where they are %s', (_name, certificate) => {
    expect(reading(certificate)).toBe('proof_invalid')
  })

  it('are the same bytes where base64 needs each of its letters', () => {
    const letters = Buffer.from('-_'.repeat(96), 'base64url')
    const certificate = Buffer.concat([Buffer.from([0x30, 0x81, letters.length]), letters])
    const text = certificate.toString('base64')
    expect([text.includes('+'), text.includes('/')]).toEqual([true, true])
    for (const shown of [text, `:${text}:`, encodeURIComponent(text)])
      expect(Buffer.from(readCertificate({ method: 'GET', url: '/', certificate: shown }))).toEqual(
        certificate,
      )
  })

  it('are copied: what happens to the buffer of the connection later changes nothing', () => {
    const buffer = sized(300)
    const read = readCertificate({ method: 'GET', url: '/', certificate: buffer })
    buffer.fill(0)
    expect([...read.subarray(0, 2)]).toEqual([0x30, 0x82])
  })
})

describe('options of mtls', () => {
  it.each<[string, unknown]>([
    ['a header with a blank', { header: 'x cert' }],
    ['an empty header', { header: '' }],
    ['a header that is none', { header: 1 }],
    ['several headers', { header: ['x-cert'] }],
    ['a header with a colon', { header: 'x-cert:' }],
    ['the word for the connection', { header: 'TLS' }],
    ['an unknown option', { headers: 'x' }],
    ['required as text', { required: 'yes' }],
  ])('refuse %s', (_name, options) => {
    expect(() => mtls(options as MtlsOptions)).toThrow(TypeError)
  })

  it('say what is wrong with a header that has no name', () => {
    for (const header of [1, ['x-cert'], null])
      expect(() => mtls({ header } as unknown as MtlsOptions)).toThrow('header must be the name of a header')
  })

  it('say that required is a flag', () => {
    expect(() => mtls({ required: 'yes' as never })).toThrow('required must be true or false')
  })

  it('name the header in lower case, as requests of Node do', () => {
    expect(mtls({ header: 'X-ARR-ClientCert' }).certificate).toBe('x-arr-clientcert')
    expect(mtls().certificate).toBe('tls')
  })
})

describe('combined verifiers', () => {
  const elsewhere = '99999999-9999-4999-8999-999999999999'
  const parts = () => [verifierFor({ tenants: elsewhere }), verifierFor({ bound: dpop({ origin }) })] as const

  it('take bound tokens where the part does that the issuer belongs to', async () => {
    const verifier = combineVerifiers(...parts())
    const bound = await issueBound(holder)
    const proof = prove(bound)
    expect(verifier.bound).toEqual({ proof: true, certificate: undefined })
    expect(await outcomeOf(verifier.authenticate(`DPoP ${bound}`, scope, withProof(proof)))).toBe('accepted')
    expect(await outcomeOf(verifier.authenticate(`DPoP ${bound}`, scope, withProof(proof)))).toBe(
      'proof_replayed',
    )
    const foreign = await issueBound(holder, {
      iss: `https://login.microsoftonline.com/${elsewhere}/v2.0`,
      tid: elsewhere,
    })
    expect(await outcomeOf(verifier.authenticate(`DPoP ${foreign}`, scope, withProof(prove(foreign))))).toBe(
      'scheme_refused',
    )
    expect(combineVerifiers(verifierFor()).bound).toBeUndefined()
  })

  it('refuse parts that take certificates from different places', () => {
    const [first] = [verifierFor({ tenants: elsewhere, bound: mtls() })]
    const second = verifierFor({ tenants: tenantId, bound: mtls({ header: 'x-cert' }) })
    expect(() => combineVerifiers(first, second)).toThrow('different places')
  })
})
