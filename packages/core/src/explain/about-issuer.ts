import { errorPage, pages, type Finding } from './finding.ts'
import { clientIdIn, textOf, type Facts } from './facts.ts'
import { personalTenantId } from '../authority/clouds.ts'
import { isStringList } from '../claims/claim-shapes.ts'
import { idTokenMark } from '../claims/claims.ts'
import { member } from '../token/strict-json.ts'
import { quote } from './printable.ts'

/** The one finding that counts for a token of one of Microsoft's own APIs: nothing else about it is ours to check. */
export function aboutMicrosoftApi({ header, payload, microsoftApi }: Facts): readonly Finding[] {
  if (microsoftApi === undefined) return []
  const audience = member(payload, 'aud')
  const seen = Object.hasOwn(header, 'nonce')
    ? `The audience (aud) is ${quote(audience)}, and the header has a "nonce".`
    : `The audience (aud) is ${quote(audience)}.`
  const advice =
    'Let the client request a scope of your API instead: "api://<client id>/<scope>", or "api://<client id>/.default" for an app. A token is for one API only: for Graph, the client requests a second token.'
  if (microsoftApi === 'graph') {
    return [
      {
        id: 'graph_token',
        severity: 'error',
        code: 'graph_token',
        seen,
        meaning:
          'This token is for Microsoft Graph. Its signature covers a changed header, so only Graph can validate it. Clients get such a token when they ask for User.Read, for openid and profile alone, or for no scope of your API.',
        advice,
        link: errorPage('graph_token'),
      },
    ]
  }
  const isAadGraph = microsoftApi === 'aadGraph'
  return [
    {
      id: isAadGraph ? 'aad_graph_token' : 'microsoft_api_token',
      severity: 'error',
      code: isAadGraph ? 'graph_token' : 'audience_mismatch',
      seen,
      meaning: isAadGraph
        ? 'This token is for Azure AD Graph, the retired predecessor of Microsoft Graph. Old clients get it when they name no resource at all.'
        : "This token is for one of Microsoft's own APIs, not for yours.",
      advice,
      link: errorPage(isAadGraph ? 'graph_token' : 'audience_mismatch'),
    },
  ]
}

export function aboutIdToken({ payload, family, isIdToken }: Facts): readonly Finding[] {
  if (!isIdToken) return []
  const mark = idTokenMark(payload, family ?? 'entraId')
  return [
    {
      id: 'id_token',
      severity: 'error',
      code: 'id_token_refused',
      seen:
        mark === 'azp'
          ? 'This is an ID token: it names no client (azp or appid) and no delegated permission (scp).'
          : `This is an ID token: it has "${mark}".`,
      meaning:
        'An ID token tells a client who signed in and is addressed to that client. It gives no access to an API, even where client and API share one registration.',
      advice:
        'Send the access token: in MSAL accessToken, not idToken, of the result, asked for with a scope of your API.',
      link: errorPage('id_token_refused'),
    },
  ]
}

/** Issuer, tenant, version, cloud and audience, as far as they can be judged without a configuration. */
export function aboutIssuer(facts: Facts): readonly Finding[] {
  return [
    ...aboutClaims(facts),
    ...aboutIssuerForm(facts),
    ...aboutB2c(facts),
    ...aboutExternalId(facts),
    ...aboutCloud(facts),
    ...aboutVersion(facts),
    ...aboutAudience(facts),
  ]
}

function aboutClaims({ payload, family, isIdToken }: Facts): readonly Finding[] {
  const needed = ['aud', 'iss', 'exp', 'sub', 'ver', ...(family === 'b2c' ? [] : ['tid'])]
  const missing = needed.filter((name) => member(payload, name) === undefined)
  const hasClient = ['azp', 'appid'].some((name) => Object.hasOwn(payload, name))
  if (!hasClient && !isIdToken) missing.push('azp')
  const findings: Finding[] = []
  if (missing.length > 0) {
    findings.push({
      id: 'claim_missing',
      severity: 'error',
      code: 'claim_missing',
      seen: `The token has no ${missing.join(', no ')}.`,
      meaning: 'Every access token of Microsoft Entra ID has what is missing here.',
      advice: 'Find out who issued this token: a test tool, another identity provider, or someone by hand.',
      link: errorPage('claim_missing'),
    })
  }
  const wrong = wrongType(payload, family)
  if (wrong !== undefined) {
    findings.push({
      id: 'claim_invalid',
      severity: 'error',
      code: 'claim_invalid',
      seen: `The claim ${wrong.name} is ${quote(member(payload, wrong.name))}, not ${wrong.expected}.`,
      meaning: 'Entra never issues such a value. A verifier refuses it rather than guess what it means.',
      advice: 'Find out who issued this token. Some emulators of Entra write such claims.',
      link: errorPage('claim_invalid'),
    })
  }
  return findings
}

function wrongType(
  payload: Facts['payload'],
  family: Facts['family'],
): { readonly name: string; readonly expected: string } | undefined {
  for (const name of ['aud', 'iss', 'sub', 'oid', 'azp', 'appid', 'scp']) {
    const value = member(payload, name)
    if (value !== undefined && typeof value !== 'string') return { name, expected: 'one string' }
  }
  // A policy of B2C writes lists as it likes.
  if (family === 'b2c') return undefined
  for (const name of ['roles', 'wids', 'amr']) {
    const value = member(payload, name)
    if (value !== undefined && !isStringList(value)) return { name, expected: 'a list of strings' }
  }
  return wrongGroups(payload)
}

function wrongGroups(payload: Facts['payload']): ReturnType<typeof wrongType> {
  const groups = member(payload, 'groups')
  const isElsewhere = typeof groups === 'string' && Object.hasOwn(payload, '_claim_sources')
  if (groups === undefined || isElsewhere || isStringList(groups)) return undefined
  return { name: 'groups', expected: 'a list of strings' }
}

function aboutIssuerForm(facts: Facts): readonly Finding[] {
  const { payload, issuer, issuerTenant, issuerVersion, family } = facts
  if (issuer === undefined) return []
  if (family === undefined) {
    return [
      {
        id: 'issuer_not_microsoft',
        severity: 'warning',
        code: 'issuer_unknown',
        seen: `The issuer (iss) is ${quote(issuer)}.`,
        meaning:
          'It is not an issuer of Entra ID in a known cloud, of External ID, or of B2C on b2clogin.com.',
        advice:
          'With a custom domain in External ID or B2C this is expected: pass the domain to externalId(...) or b2c(...). Otherwise the token comes from another identity provider.',
        link: errorPage('issuer_unknown'),
      },
    ]
  }
  const findings: Finding[] = []
  const tenantId = textOf(payload, 'tid')
  if (family !== 'b2c' && tenantId !== undefined && issuerTenant !== tenantId) {
    findings.push({
      id: 'issuer_tenant_mismatch',
      severity: 'error',
      code: 'tenant_mismatch',
      seen: `The issuer names the tenant ${quote(issuerTenant)}, and tid is ${quote(tenantId)}.`,
      meaning:
        "The two must be the same tenant. A program that looks at only one of them can be deceived by the other. (The sample v1.0 token in Microsoft's documentation has this fault: its text was edited.)",
      advice: 'Entra never issues such a token: it was written or changed by hand.',
      link: errorPage('tenant_mismatch'),
    })
  }
  const version = member(payload, 'ver')
  if (family === 'entraId' && version !== undefined && issuerVersion !== version) {
    findings.push({
      id: 'issuer_version_mismatch',
      severity: 'error',
      code: 'issuer_mismatch',
      seen: `The version (ver) is ${quote(version)}, and the issuer ${quote(issuer)} has ${
        issuerVersion === undefined ? 'no known form' : `the form of ${issuerVersion}`
      }.`,
      meaning:
        'v1.0 tokens come from "https://sts.windows.net/<tenant>/" with a slash at the end, v2.0 tokens from "https://login.microsoftonline.com/<tenant>/v2.0" without one.',
      advice: 'Entra never issues such a token: it was written or changed by hand.',
      link: errorPage('issuer_mismatch'),
    })
  }
  return findings
}

function aboutB2c({ family, policy }: Facts): readonly Finding[] {
  if (family !== 'b2c') return []
  return [
    {
      id: 'b2c_token',
      severity: 'info',
      seen: `The token comes from Azure AD B2C, policy ${quote(policy)}.`,
      meaning:
        'Each policy has its own metadata, and user flows and custom policies sign with different keys. The metadata of Entra ID, or of another policy, does not list the key of this token. Its ver is always 1.0.',
      advice: `Configure authority: b2c({ domain, tenantId, policies: [${quote(policy)}] }). The metadata is at https://<domain>/<tenant id>/<policy>/v2.0/.well-known/openid-configuration.`,
      link: pages.b2c,
    },
  ]
}

function aboutExternalId({ payload, family, issuerTenant, issuerHost }: Facts): readonly Finding[] {
  if (family !== 'externalId') return []
  return [
    {
      id: 'external_id_token',
      severity: 'info',
      seen: `The token comes from Microsoft Entra External ID (${quote(issuerHost)}).`,
      meaning: 'Its issuer carries the tenant id twice, whatever name or custom domain users sign in at.',
      advice: `Configure authority: externalId({ subdomain, tenantId: ${quote(textOf(payload, 'tid') ?? issuerTenant)} }).`,
      link: pages.externalId,
    },
  ]
}

function aboutCloud({ payload, family, cloud }: Facts): readonly Finding[] {
  if (family === 'b2c' || family === 'externalId') return []
  if (family === 'entraId' && cloud !== undefined && cloud.name !== 'public') {
    return [
      {
        id: 'national_cloud',
        severity: 'info',
        seen: `The issuer belongs to the cloud "${cloud.name}" (${cloud.cloud.loginHost}).`,
        meaning: 'National clouds have their own hosts, keys and Graph.',
        advice: `Configure cloud: '${cloud.name}'.`,
        link: pages.nationalClouds,
      },
    ]
  }
  const region = textOf(payload, 'tenant_region_sub_scope')
  if (region !== undefined && /^dod/i.test(region)) {
    return [
      {
        id: 'national_cloud',
        severity: 'info',
        seen: `The tenant is in the region ${quote(region)}.`,
        meaning:
          'It is a tenant of the US Government cloud, whose v1.0 tokens have the same issuer host as those of the public cloud.',
        advice: "Configure cloud: 'usgov'.",
        link: pages.nationalClouds,
      },
    ]
  }
  return []
}

function aboutVersion({ payload, family }: Facts): readonly Finding[] {
  if (family !== 'entraId' || member(payload, 'ver') !== '1.0') return []
  return [
    {
      id: 'v1_token',
      severity: 'info',
      seen: 'The token is of version 1.0.',
      meaning:
        'The registration of the API decides the version, not the endpoint that the client used. v1.0 is the default of registrations for one organisation. Such a token has another issuer, appid instead of azp, and usually the Application ID URI as its audience.',
      advice:
        'Both versions are accepted unless the option versions says otherwise. To get v2.0 tokens: App registrations > the API (not the client) > Manifest, set api.requestedAccessTokenVersion to 2 (accessTokenAcceptedVersion in the older format). Tokens that were already issued stay as they are.',
      link: pages.manifest,
    },
  ]
}

function aboutAudience({ payload }: Facts): readonly Finding[] {
  const audience = textOf(payload, 'aud')
  if (audience?.includes(':') !== true) return []
  const clientId = clientIdIn(audience)
  return [
    {
      id: 'audience_app_id_uri',
      severity: 'info',
      seen: `The audience (aud) is an Application ID URI: ${quote(audience)}.`,
      meaning:
        'v1.0 tokens carry the Application ID URI that the client asked for, v2.0 tokens the client id. The comparison is exact: "api://x" is neither "x" nor "api://x/".',
      advice: `Configure audience with every form that the registration issues, for example ['${clientId ?? '<client id>'}', ${quote(audience)}].`,
      link: errorPage('audience_mismatch'),
    },
  ]
}

/** True for the tenant of personal accounts. */
export function isPersonal({ payload }: Facts): boolean {
  return member(payload, 'tid') === personalTenantId
}
