import { createVerifier, type Verifier } from '@entraguard/core'
import { dpop, type DpopOptions } from '@entraguard/core/pop'
import { entraGuard } from '@entraguard/express'
import { getRequestListener } from '@hono/node-server'
import express from 'express'
import { expect } from 'vitest'

import { createApi } from './orders-api.ts'
import { ADA, tenantId, type World } from './world.ts'

type Options = Omit<DpopOptions, 'origin'>

/** A verifier that takes tokens that are bound to a key, and their proofs for this address. */
export const boundVerifier = ({ entra }: World, origin: string, options: Options = {}): Verifier =>
  createVerifier({ ...entra.verifierOptions(), bound: dpop({ origin, ...options }) })

/** The API of the documentation, for a page that sends proofs. */
export const boundHonoApi =
  (world: World, page: string) =>
  (origin: string): ReturnType<typeof getRequestListener> =>
    getRequestListener(createApi(boundVerifier(world, origin), page).fetch)

/** An API on Express, for clients that are no pages. */
export const boundExpressApi =
  (world: World, options?: Options) =>
  (origin: string): express.Express =>
    express().get(
      '/orders',
      entraGuard(boundVerifier(world, origin, options), {
        scopes: ['Orders.Read'],
        appPermissions: ['Orders.Read.All'],
      }),
      (_, response) => void response.json({ of: response.locals.identity.key }),
    )

/** A public client that keeps its key, by its client id. */
export function registerProver({ entra }: World, nonce: boolean): string {
  const clientId = crypto.randomUUID()
  const redirectUris = [{ uri: 'http://localhost/callback', platform: 'publicClient' as const }]
  entra.register({ apps: [{ clientId, redirectUris, dpop: { nonce, boundRefreshTokens: true } }] })
  return clientId
}

/** What a request says of its sender: everything that a thief saw of it. */
export interface Seen {
  readonly url: string
  readonly accessToken: string
  readonly proof: string
}

/** Status and challenge of an answer. */
async function ask(url: string, headers: Readonly<Record<string, string>>): Promise<readonly unknown[]> {
  const answer = await fetch(url, { headers })
  await answer.arrayBuffer()
  return [
    answer.status,
    /(?:Bearer|DPoP) error="(\w+)"/.exec(answer.headers.get('www-authenticate') ?? '')?.[0],
  ]
}

/** Whoever saw a request cannot use what was in it: not again, not without the proof, and not with a key of their own. */
export async function expectUselessToThieves(
  { entra }: World,
  { url, accessToken, proof }: Seen,
  nonce?: string,
): Promise<void> {
  const authorization = `DPoP ${accessToken}`
  const thief = await entra.createProofKey()
  const own = await thief.proof({ method: 'GET', url, accessToken, nonce })
  const [, payload = ''] = proof.split('.')
  const [header, , signature] = own.split('.')
  const refused = [401, 'DPoP error="invalid_dpop_proof"']
  expect(await ask(url, { authorization, dpop: proof })).toEqual(refused)
  expect(await ask(url, { authorization })).toEqual(refused)
  expect(await ask(url, { authorization, dpop: own })).toEqual(refused)
  expect(await ask(url, { authorization, dpop: `${header}.${payload}.${signature}` })).toEqual(refused)
  const asBearer = await ask(url, { authorization: `Bearer ${accessToken}`, dpop: proof })
  expect(asBearer).toEqual([401, 'Bearer error="invalid_token"'])
}

/** What the API answers to Ada. */
export const ofAda = { of: `${tenantId}.${ADA}` }
