import type { Emulator } from '@entraguard/emulator'

import { b2cTenantId, user, type Row, type Sent } from './row.ts'

const address = (tenant: string, policy = ''): string =>
  `https://contosob2c.b2clogin.com/${tenant}${policy}/v2.0/.well-known/openid-configuration`
const options = { identityMetadata: address(b2cTenantId), isB2C: true, policyName: 'B2C_1_susi' }

const token =
  (more: Parameters<Emulator['issueB2cToken']>[0] = {}) =>
  async (entra: Emulator): Promise<Sent> => ({ token: await entra.issueB2cToken(more) })

/** Azure AD B2C. */
export const b2cRows: readonly Row[] = [
  { does: 'a token of the policy', options, send: token(), was: 200 },
  {
    does: 'metadata by the domain of the tenant',
    options: { ...options, identityMetadata: address('contosob2c.onmicrosoft.com') },
    send: token(),
    was: 200,
  },
  {
    does: 'metadata with the policy in the path, too',
    options: { ...options, identityMetadata: address(b2cTenantId, '/B2C_1_susi') },
    send: token(),
    was: 200,
  },
  {
    does: '`policyName` in other capitals',
    options: { ...options, policyName: 'b2c_1_SUSI' },
    send: token(),
    was: 200,
  },
  {
    does: 'a token of another policy',
    options,
    send: token({ policy: 'B2C_1_edit' }),
    was: 200,
    is: 401,
    why: 'a user who only edited a profile, for example, has not signed in with your policy',
  },
  { does: 'a token of Entra ID', options, send: user(), was: 401 },
  {
    does: 'a scope',
    options: { ...options, scope: ['Orders.Read'] },
    send: token({ scopes: ['Orders.Read'] }),
    was: 200,
  },
  {
    does: 'a scope that is not there',
    options: { ...options, scope: ['Orders.Audit'] },
    send: token(),
    was: 401,
  },
  {
    does: '`validateIssuer: false`',
    options: { ...options, validateIssuer: false },
    send: token(),
    was: 200,
  },
  {
    does: '`validateIssuer: false`, and another issuer',
    options: { ...options, validateIssuer: false },
    send: token({ claims: { iss: 'https://evil.example/' } }),
    was: 200,
    is: 401,
    why: 'the issuer must always be that of the metadata',
  },
  { does: 'a token of an application', options, send: token({ application: true }), was: 200 },
  { does: 'no `policyName`', options: { ...options, policyName: undefined }, was: 'refused' },
  { does: 'an invalid `policyName`', options: { ...options, policyName: 'susi' }, was: 'refused' },
  {
    does: '`policyName`, and another one in the path of the metadata',
    options: { ...options, identityMetadata: address(b2cTenantId, '/B2C_1_edit') },
    send: token({ policy: 'B2C_1_edit' }),
    was: 200,
    is: 'refused',
    why: 'one of the two is a mistake',
  },
  {
    does: 'metadata of `common`, without `tenantIdOrName`',
    options: { ...options, identityMetadata: address('common') },
    send: token(),
    was: 401,
    is: 500,
    why: 'a mistake in the program is an error, not a 401: the caller did nothing wrong',
  },
  {
    does: 'metadata of `common`, with `tenantIdOrName`',
    options: { ...options, identityMetadata: address('common') },
    route: { tenantIdOrName: 'contosob2c.onmicrosoft.com' },
    send: token(),
    was: 200,
  },
  {
    does: 'no `isB2C`, and the policy in `policyName` alone',
    options: { ...options, isB2C: undefined },
    send: token(),
    was: 401,
    is: 'refused',
    why: 'without `isB2C` it is ignored, and every token would be refused',
  },
  {
    does: 'no `isB2C`, and the policy in the path of the metadata',
    options: { identityMetadata: address(b2cTenantId, '/B2C_1_susi') },
    send: token(),
    was: 200,
  },
]
