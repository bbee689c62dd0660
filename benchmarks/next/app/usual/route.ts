import { createRemoteJWKSet, jwtVerify } from 'jose'

import { setting } from '../../../src/http/servers/setting.ts'

const { issuer, audience, keysUrl } = setting
const keys = createRemoteJWKSet(new URL(keysUrl))

export async function GET(request: Request): Promise<Response> {
  try {
    const token = request.headers.get('authorization')?.slice('Bearer '.length) ?? ''
    await jwtVerify(token, keys, { issuer, audience, algorithms: ['RS256'] })
  } catch {
    return Response.json({ error: 'invalid_token' }, { status: 401 })
  }
  return Response.json([{ id: 1, item: 'A chair' }])
}
