import type { JWTPayload } from 'jose'

import { provenKey } from '../flows/client/dpop.ts'
import { Refusal } from '../flows/refusal.ts'
import { baseOf, type HostedRequest } from '../http/hosted-request.ts'
import { readOwnToken } from '../tokens/own-token.ts'
import { isRecord } from '../values/shape.ts'
import type { World } from '../world.ts'

async function keyOf(world: World, hosted: HostedRequest, accessToken: string): Promise<string | undefined> {
  const { request, host, url } = hosted
  try {
    return await provenKey(world, request, { address: `${baseOf(host, hosted)}${url.pathname}`, accessToken })
  } catch (error) {
    if (error instanceof Refusal) return undefined
    throw error
  }
}

/** The claims of the token that a request brings. One that is bound to a key comes with a proof, and with no other scheme. */
export async function readPresentedToken(
  world: World,
  hosted: HostedRequest,
): Promise<JWTPayload | undefined> {
  const header = hosted.request.headers.get('authorization') ?? ''
  const [, scheme = '', token = ''] = /^(bearer|dpop) (\S+)$/i.exec(header) ?? []
  const claims = await readOwnToken(world, token)
  if (typeof claims === 'string') return undefined
  const { cnf } = claims
  const isBearer = scheme.toLowerCase() === 'bearer'
  if (isBearer) return cnf === undefined ? claims : undefined
  const key = await keyOf(world, hosted, token)
  return key !== undefined && isRecord(cnf) && cnf['jkt'] === key ? claims : undefined
}
