import { createRequire } from 'node:module'

import { createEmulator, defaults, type Emulator } from '@entraguard/emulator'
import express5, { type RequestHandler } from 'express'
import express4 from 'express4'
import passport7 from 'passport'

import type { IBearerStrategyOption } from '../src/index.ts'

export const { tenantId, apiClientId: api, otherTenantId } = defaults

type Passports = typeof passport7
const passport6 = createRequire(import.meta.url)('passport6') as Passports

/** Every Express with every passport. */
export const combinations: ReadonlyArray<readonly [string, typeof express5, Passports]> = [
  ['Express 5, passport 0.7', express5, passport7],
  ['Express 5, passport 0.6', express5, passport6],
  ['Express 4, passport 0.7', express4 as unknown as typeof express5, passport7],
  ['Express 4, passport 0.6', express4 as unknown as typeof express5, passport6],
]

export const metadataOf = (tenant: string, version: '/v2.0' | '' = '/v2.0'): string =>
  `https://login.microsoftonline.com/${tenant}${version}/.well-known/openid-configuration`

/** Options as people have them, over an emulator. */
export const legacyOptions = (entra: Emulator): IBearerStrategyOption => ({
  identityMetadata: metadataOf(tenantId),
  clientID: api,
  fetch: entra.fetch,
  now: () => entra.now(),
})

export const emulator = async (): Promise<Emulator> => createEmulator()

/** What passport put on a request, as JSON. */
export const report: RequestHandler = (request, response) => {
  const { user, authInfo }: { user?: unknown; authInfo?: unknown } = request
  response.json({ user, authInfo })
}
