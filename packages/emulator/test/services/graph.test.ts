import { decodeProtectedHeader } from 'jose'
import { beforeEach, describe, expect, it } from 'vitest'

import { createEmulator, defaults, type Emulator } from '../../src/index.ts'
import { verified } from '../support.ts'

const ADA = 'aaaaaaaa-0000-4000-8000-000000000001'
const GRAPH = 'https://graph.microsoft.com'
const group = (index: number): string => `dddddddd-0000-4000-8000-${String(index).padStart(12, '0')}`

let entra: Emulator
let daemonToken: string

beforeEach(async () => {
  entra = await createEmulator({
    apps: [{ groupClaims: true }, { clientId: defaults.webClientId }, { clientId: defaults.daemonClientId }],
    users: [{ id: ADA, name: 'Ada Lovelace', userPrincipalName: 'ada@contoso.com' }],
    groups: Array.from({ length: 250 }, (_, index) => ({
      id: group(index),
      // The last one holds Ada only through another group.
      members:
        index === 249 ? [group(0)] : ['ada@contoso.com', ...(index === 0 ? [defaults.daemonClientId] : [])],
    })),
  })
  daemonToken = await entra.issueAppToken({ audience: GRAPH, roles: ['GroupMember.Read.All'] })
})

const call = (path: string, token: string, init: RequestInit = {}): Promise<Response> =>
  entra.fetch(path.startsWith('https:') ? path : `${GRAPH}/v1.0${path}`, {
    ...init,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
  })

const members = (path: string, token: string): Promise<Response> =>
  call(path, token, { method: 'POST', body: '{"securityEnabledOnly":false}' })

interface Page {
  readonly value: string[]
  readonly '@odata.nextLink'?: string
}

describe('a Graph token', () => {
  it('shows a nonce, and its signature is over another header: nobody but Graph can check it', async () => {
    const token = await entra.issueUserToken({ audience: GRAPH, scopes: ['User.Read'] })
    expect(decodeProtectedHeader(token)).toHaveProperty('nonce')
    await expect(verified(entra, token)).rejects.toThrow('signature verification failed')
    expect((await call('/me', token)).status).toBe(200)
  })
})

const servicePrincipal = async (): Promise<string> => {
  const token = await entra.issueAppToken({ clientId: defaults.daemonClientId })
  return String((await verified(entra, token))['oid'])
}

describe('getMemberObjects', () => {
  it('gives every group of a user with an overage, page by page', async () => {
    const token = await entra.issueUserToken()
    const claims = await verified(entra, token)
    expect(claims).not.toHaveProperty('groups')
    expect(claims['_claim_names']).toStrictEqual({ groups: 'src1' })
    const found: string[] = []
    let answer = await members(`/users/${ADA}/getMemberObjects`, daemonToken)
    for (;;) {
      const page = (await answer.json()) as Page
      found.push(...page.value)
      const next = page['@odata.nextLink']
      if (next === undefined) break
      answer = await call(next, daemonToken)
    }
    expect(found).toHaveLength(250)
    expect(new Set(found)).toContain(group(249))
  })

  it('gives the groups of an application, and of the caller', async () => {
    const app = (await (
      await call(`/servicePrincipals/${await servicePrincipal()}/getMemberObjects`, daemonToken, {
        method: 'POST',
        body: '{"securityEnabledOnly":true}',
      })
    ).json()) as Page
    expect(app.value).toStrictEqual([group(0), group(249)])
    const userToken = await entra.issueUserToken({ audience: GRAPH, scopes: ['User.Read'] })
    expect(((await (await members('/me/getMemberObjects', userToken)).json()) as Page).value).toHaveLength(
      100,
    )
  })

  it('is refused without a Graph token, without a permission, and for nobody', async () => {
    const path = `/users/${ADA}/getMemberObjects`
    expect((await members(path, await entra.issueUserToken())).status).toBe(401)
    expect((await members(path, 'not-a-token')).status).toBe(401)
    expect(
      (await members(path, await entra.issueAppToken({ audience: GRAPH, signWith: 'unknown' }))).status,
    ).toBe(401)
    expect((await members(path, await entra.issueAppToken({ audience: GRAPH, roles: [] }))).status).toBe(403)
    expect((await members(`/users/${group(1)}/getMemberObjects`, daemonToken)).status).toBe(404)
    expect((await call(path, daemonToken, { method: 'POST', body: '{}' })).status).toBe(400)
  })

  it('is throttled with Retry-After when asked to be', async () => {
    entra.disturb({ on: 'graph', answer: 'throttled', retryAfter: 7, times: 1 })
    const throttled = await members(`/users/${ADA}/getMemberObjects`, daemonToken)
    expect([throttled.status, throttled.headers.get('retry-after')]).toStrictEqual([429, '7'])
    expect((await members(`/users/${ADA}/getMemberObjects`, daemonToken)).status).toBe(200)
  })
})

describe('me', () => {
  it('is the user, and nobody for an application', async () => {
    const token = await entra.issueUserToken({ audience: GRAPH, scopes: ['openid', 'profile', 'User.Read'] })
    expect(await (await call('/me', token)).json()).toMatchObject({
      id: ADA,
      displayName: 'Ada Lovelace',
      mail: null,
    })
    expect(await (await call(`${GRAPH}/oidc/userinfo`, token)).json()).toMatchObject({ given_name: 'Ada' })
    expect((await call('/me', daemonToken)).status).toBe(400)
    const signInOnly = await entra.issueUserToken({ audience: GRAPH, scopes: ['openid', 'profile'] })
    expect((await call('/me', signInOnly)).status).toBe(403)
  })
})
