import { X509Certificate } from 'node:crypto'

import { decodeJwt } from 'jose'
import { expect, test } from 'vitest'

import { createEmulator, type BoundTo, type TokenMembers } from '../../src/index.ts'
import { answerControl } from '../../src/network/control.ts'
import { createTraffic } from '../../src/network/traffic.ts'
import { askApi } from '../../src/node/ask-api.ts'
import { clientCertificate } from '../support.ts'

test.each(['issueUserToken', 'issueAppToken', 'issueB2cToken'] as const)(
  '%s binds a token to a key or to a certificate, and to nothing unless it is asked for',
  async (issue) => {
    const entra = await createEmulator()
    const key = await entra.createProofKey()
    const { certificate } = await clientCertificate()
    const digest = new X509Certificate(certificate).fingerprint256.replaceAll(':', '')
    const cnf = async (options?: { boundTo: BoundTo; claims?: TokenMembers }) =>
      decodeJwt(await entra[issue](options))['cnf']
    expect(await cnf()).toBeUndefined()
    expect(await cnf({ boundTo: key })).toEqual({ jkt: key.jkt })
    expect(await cnf({ boundTo: { certificate } })).toEqual({
      'x5t#S256': Buffer.from(digest, 'hex').toString('base64url'),
    })
    expect(await cnf({ boundTo: key, claims: { cnf: { jkt: 'another' } } })).toEqual({ jkt: 'another' })
  },
)

test('what is neither a thumbprint nor a certificate is a mistake', async () => {
  const entra = await createEmulator()
  await expect(entra.issueUserToken({ boundTo: { jkt: 'short' } })).rejects.toThrow(/boundTo.jkt/)
  await expect(entra.issueUserToken({ boundTo: { certificate: 'none' } })).rejects.toThrow(
    /boundTo.certificate/,
  )
})

test('another process asks for a bound token in JSON', async () => {
  const entra = await createEmulator()
  const { jkt } = await entra.createProofKey()
  const ask = async (body: object) => {
    const request = new Request('http://127.0.0.1/__emulator/token', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    const traffic = createTraffic(entra.directory, entra.now)
    return (await answerControl(entra, request, { traffic, apis: [], askApi }))?.json()
  }
  const { token } = await ask({ boundTo: { jkt } })
  expect(decodeJwt(token)['cnf']).toEqual({ jkt })
  expect(await ask({ boundTo: { key: jkt } })).toEqual({ error: 'boundTo must be a jkt or a certificate' })
})
