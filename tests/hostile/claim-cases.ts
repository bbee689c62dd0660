import { category, type HostileCase } from './case.ts'
import {
  audience,
  claims,
  loginHost,
  now,
  otherTenantId,
  sign,
  signTexts,
  header,
  strangerKey,
  tenantId,
  v1Claims,
  without,
} from './forge.ts'

const tolerance = 300
const personalTenantId = '9188040d-6c67-4c5b-b112-36a304b66dad'

const changed = (change: object): string => sign({ ...claims, ...change })

const time = category('time', (add) => {
  add(
    'exp one second inside the tolerance',
    changed({ exp: now - tolerance + 1, nbf: now - 3600 }),
    'accepted',
  )
  add('exp exactly at the tolerance', changed({ exp: now - tolerance, nbf: now - 3600 }), 'token_expired')
  add('exp long ago', changed({ iat: 1, nbf: 1, exp: 2 }), 'token_expired')
  add('exp 0', changed({ exp: 0, nbf: 0, iat: 0 }), 'token_expired')
  add('exp negative', changed({ exp: -1, nbf: -2 }), 'token_expired')
  add('exp far away', changed({ exp: 1e15 }), 'accepted')
  add('nbf exactly at the tolerance', changed({ nbf: now + tolerance, exp: now + 3600 }), 'accepted')
  add('nbf one second later', changed({ nbf: now + tolerance + 1 }), 'token_not_yet_valid')
  add('iat one second beyond the tolerance', changed({ iat: now + tolerance + 1 }), 'token_not_yet_valid')
  add('nbf later than exp', changed({ nbf: now + 200, exp: now + 100 }), 'claim_invalid')
  for (const name of ['exp', 'nbf', 'iat']) {
    for (const value of [null, '1800003600', 'never', true, [now], {}, '']) {
      add(`${name} ${JSON.stringify(value)}`, changed({ [name]: value }), 'claim_invalid')
    }
    const text = JSON.stringify({ ...claims, [name]: 0 }).replace(`"${name}":0`, `"${name}":1e400`)
    add(`${name} 1e400`, signTexts(JSON.stringify(header), text), 'claim_invalid')
    add(`${name} -1e400`, signTexts(JSON.stringify(header), text.replace('1e400', '-1e400')), 'claim_invalid')
  }
  add('no exp', sign(without(claims, 'exp')), 'claim_missing')
  add('no nbf', sign(without(claims, 'nbf')), 'accepted')
  add('no iat', sign(without(claims, 'iat')), 'accepted')
  add('no iat where an age limit holds', sign(without(claims, 'iat')), 'claim_missing', {
    options: { maxTokenAge: 600 },
  })
  add('older than the age limit', changed({ iat: now - 600 - tolerance }), 'token_too_old', {
    options: { maxTokenAge: 600 },
  })
  add('as old as the age limit', changed({ iat: now - 600 }), 'accepted', { options: { maxTokenAge: 600 } })
})

const audiences = category('audience', (add) => {
  const spellings = [
    `${audience}/`,
    ` ${audience}`,
    `${audience} `,
    audience.toUpperCase(),
    audience.slice(0, -1),
    `${audience}0`,
    `api://${audience}`,
    `spn:${audience}`,
    `${audience}\u0000`,
    `${audience},other`,
    `${audience} other`,
    `*`,
    `.*`,
    '',
    'undefined',
    'https://graph.windows.com',
  ]
  for (const value of spellings.filter((spelling) => spelling !== ''))
    add(`aud ${JSON.stringify(value)}`, sign({ ...claims, aud: value }), 'audience_mismatch')
  for (const value of [[audience], [audience, 'other'], [], {}, 1, true, null, { [audience]: 1 }])
    add(`aud ${JSON.stringify(value)}`, sign({ ...claims, aud: value }), 'claim_invalid')
  add('no aud', sign(without(claims, 'aud')), 'claim_missing')
  for (const value of [
    'https://graph.microsoft.com',
    'https://graph.microsoft.com/',
    'https://graph.microsoft.us',
    'https://dod-graph.microsoft.us/',
    'https://graph.windows.net',
    '00000003-0000-0000-c000-000000000000',
  ]) {
    add(`Microsoft Graph, ${value}`, sign({ ...claims, aud: value }), 'graph_token', { beforeAnyFetch: true })
  }
  add('the client id of the caller', sign({ ...claims, aud: claims['azp'] }), 'audience_mismatch')
})

const issuers = category('issuer and tenant', (add) => {
  const iss = String(claims['iss'])
  const strangers = [
    `${iss}/`,
    iss.toUpperCase(),
    iss.replace('https', 'http'),
    ` ${iss}`,
    `${iss} `,
    `${iss}?x`,
    `${iss}#x`,
    iss.replace('v2.0', 'v2.1'),
    iss.replace('/v2.0', ''),
    `${iss}/../v2.0`,
    iss.replace('login.', 'login%2e'),
    iss.replace('.com/', '.com:443/'),
    iss.replace('https://', 'https://user@'),
    iss.replace('login.microsoftonline.com', 'login.microsoftonline.com.attacker.example'),
    iss.replace('login.microsoftonline.com', 'attacker.example'),
    iss.replace('login.microsoftonline.com', 'login.microsoftonline.us'),
    iss.replace('login.microsoftonline.com', 'login.microsoftonlinе.com'),
    iss.replace(tenantId, 'common'),
    iss.replace(tenantId, 'organizations'),
    iss.replace(tenantId, '{tenantid}'),
    iss.replace(tenantId, otherTenantId),
    iss.replace(tenantId, tenantId.toUpperCase()),
    iss.replace(tenantId, `${tenantId}/${otherTenantId}`),
    iss.replace(tenantId, ''),
    `https://sts.windows.net/${tenantId}`,
    `https://sts.windows.net/${otherTenantId}/`,
    `http://sts.windows.net/${tenantId}/`,
    `https://sts.windows.net/${tenantId}/v2.0`,
    `https://sts.chinacloudapi.cn/${tenantId}/`,
    '',
    'undefined',
    `${iss}\u0000`,
    `${iss}\n`,
  ]
  for (const value of strangers)
    add(`iss ${JSON.stringify(value)}`, sign({ ...claims, iss: value }), 'issuer_unknown', {
      beforeAnyFetch: true,
    })
  for (const value of [[iss], { iss }, 1, true, null])
    add(`iss ${JSON.stringify(value).slice(0, 20)}`, sign({ ...claims, iss: value }), 'issuer_unknown', {
      beforeAnyFetch: true,
    })
  add('no iss', sign(without(claims, 'iss')), 'issuer_unknown', { beforeAnyFetch: true })
  for (const value of [
    otherTenantId,
    tenantId.toUpperCase(),
    ` ${tenantId}`,
    `${tenantId}/v2.0`,
    'common',
    '',
    '{tenantid}',
    1,
    null,
    [tenantId],
    { tenantId },
  ]) {
    add(`tid ${JSON.stringify(value)}`, sign({ ...claims, tid: value }), 'tenant_mismatch')
  }
  add('no tid', sign(without(claims, 'tid')), 'claim_missing')
  add('a v2.0 issuer with ver 1.0', sign({ ...claims, ver: '1.0' }), 'issuer_mismatch')
  add('a v1.0 issuer with ver 2.0', sign({ ...v1Claims, ver: '2.0' }), 'issuer_mismatch')
  for (const value of ['1.1', '3.0', '2', '2.00', 2, 2.5, null, ['2.0'], '', 'v2.0'])
    add(`ver ${JSON.stringify(value)}`, sign({ ...claims, ver: value }), 'version_refused')
  add('no ver', sign(without(claims, 'ver')), 'claim_missing')
  add('v1.0 where only 2.0 is accepted', sign(v1Claims), 'version_refused', {
    options: { versions: ['2.0'] },
  })
  add('v1.0', sign(v1Claims), 'accepted')
  const everyone = {
    metadata: {
      issuer: `${loginHost}/{tenantid}/v2.0`,
      jwks_uri: `${loginHost}/organizations/discovery/v2.0/keys`,
    },
  }
  const other = { ...claims, tid: otherTenantId, iss: `${loginHost}/${otherTenantId}/v2.0` }
  const personal = { ...claims, tid: personalTenantId, iss: `${loginHost}/${personalTenantId}/v2.0` }
  const open = { documents: everyone, options: { tenants: 'organizations' } }
  add('another tenant of organizations', sign(other), 'accepted', open)
  add('a personal account of organizations', sign(personal), 'issuer_unknown', {
    ...open,
    beforeAnyFetch: true,
  })
  add('a tid of one tenant and an iss of another', sign({ ...other, tid: tenantId }), 'tenant_mismatch', open)
  add('a tenant that is not in the list', sign(other), 'issuer_unknown', {
    documents: everyone,
    options: { tenants: [tenantId, '77777777-8888-4777-8666-555555555555'] },
    beforeAnyFetch: true,
  })
  add('a tenant that the predicate refuses', sign(other), 'tenant_refused', {
    documents: everyone,
    options: { tenants: () => false },
  })
  add('a predicate that answers with an object', sign(other), 'tenant_refused', {
    documents: everyone,
    options: { tenants: (() => ({})) as unknown as () => boolean },
  })
  add('a predicate that throws', sign(other), 'check_unavailable', {
    documents: everyone,
    options: {
      tenants: () => {
        throw new Error('database')
      },
    },
  })
  add('a forged token never reaches the predicate', sign(other, {}, strangerKey), 'signature_invalid', {
    documents: everyone,
    options: {
      tenants: () => {
        throw new Error('reached')
      },
    },
  })
})

const kinds = category('kind of token', (add) => {
  for (const name of ['nonce', 'c_hash', 'at_hash']) {
    for (const value of ['x', '', null, 1])
      add(`${name} ${JSON.stringify(value)}`, sign({ ...claims, [name]: value }), 'id_token_refused')
  }
  add(
    'no client and no permission',
    sign({ ...without(claims, 'azp', 'azpacr', 'scp'), aud: audience }),
    'id_token_refused',
  )
  add(
    'an ID token for its client',
    sign({ ...without(claims, 'azp', 'azpacr', 'scp'), aud: claims['azp'], nonce: 'x' }),
    'id_token_refused',
  )
  add(
    'an ID token for its client, without a nonce',
    sign({ ...without(claims, 'azp', 'azpacr', 'scp'), aud: claims['azp'] }),
    'id_token_refused',
  )
  add(
    'an ID token with roles',
    sign({ ...without(claims, 'azp', 'azpacr', 'scp'), roles: ['Orders.Admin'] }),
    'id_token_refused',
  )
  add(
    'a bound token for another API',
    sign({ ...claims, aud: 'x', cnf: { kid: 'x' } }),
    'bound_token_refused',
  )
  add('no client', sign(without(claims, 'azp')), 'claim_missing')
  for (const value of [{ jwk: {} }, {}, null, 'x', { 'x5t#S256': 'AAAA' }])
    add(`cnf ${JSON.stringify(value)}`, sign({ ...claims, cnf: value }), 'bound_token_refused')
  for (const name of ['sub', 'oid', 'azp']) {
    for (const value of ['', null, 1, true, ['x'], {}])
      add(`${name} ${JSON.stringify(value)}`, sign({ ...claims, [name]: value }), 'claim_invalid')
  }
  add('no sub', sign(without(claims, 'sub')), 'claim_missing')
  add('azp and appid that differ', sign({ ...claims, appid: otherTenantId }), 'claim_invalid')
})

/** They never refuse a token; what they decide is not known, which `packages/core/test/access` holds. */
const forms = category('claims in another form than documented', (add) => {
  for (const [name, values] of Object.entries({
    acct: ['1', true, null, [1], {}],
    idtyp: [['device'], null, true, 1, {}],
    xms_idrel: [5, ['5'], null],
    idp: [['https://sts.windows.net/x/'], null, 7],
    hasgroups: ['true', 1, null],
    _claim_names: ['groups', ['groups'], null],
    acrs: ['c1', [1], null],
    azpacr: [1, ['2'], null],
  })) {
    for (const value of values)
      add(`${name} ${JSON.stringify(value)}`, sign({ ...claims, [name]: value }), 'accepted')
  }
})

const permissions = category('permissions', (add) => {
  const bare = without(claims, 'scp')
  for (const value of [['Orders.Read'], 1, true, null, {}, [[]]])
    add(`scp ${JSON.stringify(value)}`, sign({ ...claims, scp: value }), 'claim_invalid')
  for (const name of ['roles', 'wids', 'amr', 'groups']) {
    for (const value of ['Admin', 1, true, null, {}, [1], [['Admin']], [null], [{}]])
      add(`${name} ${JSON.stringify(value)}`, sign({ ...claims, [name]: value }), 'claim_invalid')
  }
  for (const value of ['', '/', ' ', '  / '])
    add(`scp ${JSON.stringify(value)} and no role`, sign({ ...bare, scp: value }), 'permissions_missing')
  add('neither scp nor roles', sign(bare), 'permissions_missing')
  add('empty roles', sign({ ...bare, roles: [] }), 'permissions_missing')
  add(
    'long names of .NET',
    sign({
      ...bare,
      'http://schemas.microsoft.com/identity/claims/scope': 'Orders.Read',
      'http://schemas.microsoft.com/ws/2008/06/identity/claims/role': 'Admin',
    }),
    'permissions_missing',
  )
  add(
    'names of RFC 9068',
    sign({ ...bare, scope: 'Orders.Read', permissions: ['Orders.Read'] }),
    'permissions_missing',
  )
  add('an app with delegated permissions', sign({ ...claims, idtyp: 'app' }), 'claim_invalid')
  add('neither scp nor roles, where that is accepted', sign(bare), 'accepted', {
    options: { allowWithoutPermissions: true },
  })
  add(
    'an overage pointer as a string',
    sign({ ...claims, groups: 'src1', _claim_sources: { src1: { endpoint: 'https://attacker.example' } } }),
    'accepted',
  )
})

export const claimCases: readonly HostileCase[] = [
  ...time,
  ...audiences,
  ...issuers,
  ...kinds,
  ...permissions,
  ...forms,
]
