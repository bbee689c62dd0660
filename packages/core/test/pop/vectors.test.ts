import { createHash } from 'node:crypto'

import { describe, expect, it } from 'vitest'

import { dpop, mtls } from '../../src/pop.ts'
import { readProofKey, thumbprintOf } from '../../src/pop/proof-key.ts'
import { outcomeOf } from '../support/outcome.ts'

/** RFC 9449 §4.1, §7.1: one key, a proof for a token endpoint, a proof for a resource and its access token. */
const rfc9449 = {
  jkt: '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I',
  token: 'Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU',
  forResource: [
    'eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19',
    'eyJqdGkiOiJlMWozVl9iS2ljOC1MQUVCIiwiaHRtIjoiR0VUIiwiaHR1IjoiaHR0cHM6Ly9yZXNvdXJjZS5leGFtcGxlLm9yZy9wcm90ZWN0ZWRyZXNvdXJjZSIsImlhdCI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNTNFc05yV0JiMHhXWG9hTnk1OUlpS0NBcWtzbVFFbyJ9',
    '2oW9RP35yRqzhrtNP86L-Ey71EOptxRimPPToA1plemAgR6pxHF8y6-yqyVnmcw6Fy1dqd-jfxSYoMxhAJpLjA',
  ].join('.'),
  forTokenEndpoint: [
    'eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19',
    'eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ',
    '2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg',
  ].join('.'),
} as const

const proveResource = (
  proof: string,
  request: { method: string; url: string },
  token: string = rfc9449.token,
  seconds = 1_562_262_618,
): Promise<void> =>
  dpop({ origin: 'https://resource.example.org' }).prove({
    token,
    bound: { by: 'dpop', thumbprint: rfc9449.jkt },
    scheme: 'dpop',
    request: { proof, ...request },
    now: seconds * 1000,
  })

describe('the examples of RFC 9449', () => {
  const request = { method: 'GET', url: '/protectedresource' }

  it('prove what they are for', async () => {
    expect(await outcomeOf(proveResource(rfc9449.forResource, request))).toBe('accepted')
    const later = proveResource(rfc9449.forResource, request, rfc9449.token, 1_562_262_618 + 300)
    expect(await outcomeOf(later)).toBe('accepted')
  })

  it.each<[string, () => Promise<void>]>([
    ['another method', () => proveResource(rfc9449.forResource, { ...request, method: 'POST' })],
    ['another path', () => proveResource(rfc9449.forResource, { ...request, url: '/resource' })],
    ['another token', () => proveResource(rfc9449.forResource, request, `${rfc9449.token}x`)],
    ['another time', () => proveResource(rfc9449.forResource, request, rfc9449.token, 1_562_262_618 + 301)],
    ['a resource, being for the token endpoint', () => proveResource(rfc9449.forTokenEndpoint, request)],
  ])('prove nothing for %s', async (_name, proving) => {
    expect(await outcomeOf(proving())).toBe('proof_invalid')
  })
})

describe('thumbprints', () => {
  it('of RSA keys are those of RFC 7638 §3.1', async () => {
    const jwk = {
      kty: 'RSA',
      n: '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw',
      e: 'AQAB',
      alg: 'RS256',
      kid: '2011-04-29',
    }
    expect(await thumbprintOf(readProofKey(jwk, 'RS256'))).toBe('NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs')
  })

  it('of keys on the curve of Edwards are those of RFC 8037 A.3', async () => {
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' }
    expect(await thumbprintOf(readProofKey(jwk, 'EdDSA'))).toBe('kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k')
  })

  it('of P-256 keys are those of RFC 9449 §6.1', async () => {
    const jwk = {
      kty: 'EC',
      x: 'l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs',
      y: '9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA',
      crv: 'P-256',
    }
    expect(await thumbprintOf(readProofKey(jwk, 'ES256'))).toBe(rfc9449.jkt)
  })
})

describe('the certificate of RFC 8705, appendix A', () => {
  const body =
    'MIIBBjCBrAIBAjAKBggqhkjOPQQDAjAPMQ0wCwYDVQQDDARtdGxzMB4XDTE4MTAxODEyMzcwOVoXDTIyMDUwMjEyMzcwOVowDzENMAsGA1UEAwwEbXRsczBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABNcnyxwqV6hY8QnhxxzFQ03C7HKW9OylMbnQZjjJ/Au08/coZwxS7LfA4vOLS9WuneIXhbGGWvsDSb0tH6IxLm8wCgYIKoZIzj0EAwIDSQAwRgIhAP0RC1E+vwJD/D1AGHGzuri+hlV/PpQEKTWUVeORWz83AiEA5x2eXZOVbUlJSGQgjwD5vaUaKlLR50Q2DmFfQj1L+SY='
  const thumbprint = 'A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0'

  it('has the thumbprint that stands there', async () => {
    expect(createHash('sha256').update(Buffer.from(body, 'base64')).digest('base64url')).toBe(thumbprint)
    const proving = mtls().prove({
      token: 'any',
      bound: { by: 'mtls', thumbprint },
      scheme: 'bearer',
      request: { method: 'GET', url: '/', certificate: Buffer.from(body, 'base64') },
      now: 0,
    })
    expect(await outcomeOf(proving)).toBe('accepted')
  })
})
