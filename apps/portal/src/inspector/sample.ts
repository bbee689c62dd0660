import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from 'jose'

import { forge } from '../tokens/forge.ts'
import { noSettings, type Settings } from './settings.ts'

/** What the menu of samples offers. */
export const samples = {
  accepted: { label: 'One that is accepted' },
  expired: { label: 'One that has expired' },
  audience: { label: 'One for another API' },
  forged: { label: 'One that was changed after it was signed' },
} as const

export type SampleName = keyof typeof samples

const tenant = '11111111-1111-4111-8111-111111111111'
const api = '22222222-2222-4222-8222-222222222222'
const page = '33333333-3333-4333-8333-333333333333'

/**
 * A token of the form that Entra ID gives, signed in this page with a key that exists nowhere else, and the settings of
 * the API that it is for. It lets nobody in anywhere.
 */
export async function sampleToken(
  name: SampleName,
  now: number,
): Promise<{ readonly token: string; readonly settings: Settings }> {
  const { publicKey, privateKey } = await generateKeyPair('RS256')
  const jwk = await exportJWK(publicKey)
  const kid = await calculateJwkThumbprint(jwk)
  const issuer = `https://login.microsoftonline.com/${tenant}/v2.0`
  const issued = Math.floor(now / 1000) - (name === 'expired' ? 7200 : 300)
  const token = await new SignJWT({
    aud: name === 'audience' ? '88888888-8888-4888-8888-888888888888' : api,
    iss: issuer,
    iat: issued,
    nbf: issued,
    exp: issued + 4500,
    azp: page,
    azpacr: '0',
    name: 'Ada Lovelace',
    oid: 'aaaaaaaa-0000-4000-8000-000000000001',
    preferred_username: 'ada@contoso.com',
    scp: 'Orders.Read',
    sub: 'pairwise-for-this-api-only',
    tid: tenant,
    uti: 'sample',
    ver: '2.0',
  })
    .setProtectedHeader({ typ: 'JWT', alg: 'RS256', kid })
    .sign(privateKey)
  const keys = JSON.stringify({ keys: [{ ...jwk, kid, use: 'sig', issuer }] }, undefined, 2)
  return {
    token: name === 'forged' ? forge(token) : token,
    settings: { ...noSettings, tenant, audience: `${api} api://${api}`, keys },
  }
}
