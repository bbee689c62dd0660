import type { UserIdentity } from '@entraguard/core'
import type { TokenCredential as AzureCredential } from '@azure/identity'
import { expect, expectTypeOf, it } from 'vitest'

import {
  onBehalfOf,
  type AcquireOptions,
  type ApiOptions,
  type Credential,
  type Downstream,
  type DownstreamErrorCode,
  type TokenCredential,
} from '../src/index.ts'

const clientId = '22222222-2222-4222-8222-222222222222'

it('fetchFor takes the names of the configured APIs, and no other', () => {
  const api: ApiOptions = { scopes: ['api://invoices/.default'], origins: ['https://invoices.example'] }
  const credential: Credential = { secret: 'x' }
  const downstream = onBehalfOf({ clientId, credential, apis: { invoices: api } })
  expectTypeOf(downstream).toExtend<Downstream<'invoices'>>()
  expectTypeOf<Parameters<typeof downstream.fetchFor>[2]>().toEqualTypeOf<'invoices'>()
  expect(downstream).toBeDefined()
})

it('a credential fits where the Azure SDKs take one', () => {
  expectTypeOf<TokenCredential>().toExtend<AzureCredential>()
})

it('errors are told apart by a code, and a call may end early or carry a challenge', () => {
  expectTypeOf<DownstreamErrorCode>().toEqualTypeOf<
    'consent_required' | 'credential_refused' | 'exchange_refused'
  >()
  expectTypeOf<AcquireOptions>().toEqualTypeOf<{
    readonly signal?: AbortSignal | undefined
    readonly claims?: string | undefined
  }>()
  expectTypeOf<Parameters<Downstream['tokenFor']>[0]>().not.toEqualTypeOf<UserIdentity>()
})
