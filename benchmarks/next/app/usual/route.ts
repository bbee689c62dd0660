import { createRemoteJWKSet, jwtVerify } from 'jose'

import { setting } from '../../setting.ts'

let keys: ReturnType<typeof createRemoteJWKSet> | undefined

export async function GET(request: Request): Promise<Response> {
  const { issuer, audience, keysUrl } = setting()
  keys ??= createRemoteJWKSet(new URL(keysUrl))
  try {
    const token = request.headers.get('authorization')?.slice('Bearer '.length) ?? ''
    await jwtVerify(token, keys, { issuer, audience, algorithms: ['RS256'] })
  } catch {
    return Response.json({ error: 'invalid_token' }, { status: 401 })
  }
  return Response.json([{ id: 1, item: 'A chair' }])
}
