import { isGuid } from '../authority/clouds.ts'
import { readAgent } from '../access/agent.ts'
import { readGroups } from '../access/groups.ts'
import { member } from '../token/strict-json.ts'
import { isPersonal } from './about-issuer.ts'
import { catalogueRow } from './claim-catalogue.ts'
import { textOf, type Facts } from './facts.ts'
import { errorPage, pages, type Finding } from './finding.ts'
import { printable, quote } from './printable.ts'

/** Who calls, and with which permissions. */
export function aboutCaller(facts: Facts): readonly Finding[] {
  return [
    ...aboutPermissions(facts),
    ...aboutGroups(facts),
    ...aboutAccount(facts),
    ...aboutAgent(facts),
    ...aboutTrust(facts),
  ]
}

const assignApp =
  'Entra ID > App registrations > the API > App roles: define a role for applications. Then App registrations > the client > API permissions > Add a permission > My APIs > Application permissions, and Grant admin consent. A managed identity gets it by appRoleAssignments in Microsoft Graph.'
const assignUser =
  'Entra ID > Enterprise applications > the API > Users and groups > Add user/group, and choose the role. Members of nested groups do not get it. Then sign in again.'

function aboutPermissions(facts: Facts): readonly Finding[] {
  const { kind, scopes, roles } = facts
  if (scopes.length === 0 && roles.length === 0) return withoutPermissions(facts)
  if (kind === 'app') return aboutAppPermissions(facts)
  if (kind === 'unknown') return aboutUnknownCaller(facts)
  return roles.length === 0 ? withoutRoles() : []
}

function withoutPermissions({ kind }: Facts): readonly Finding[] {
  const isApp = kind === 'app'
  return [
    {
      id: isApp ? 'app_without_permissions' : 'no_permissions',
      severity: 'error',
      code: 'permissions_missing',
      seen: isApp
        ? 'The token of an application carries no roles.'
        : 'The token carries neither delegated permissions (scp) nor roles.',
      meaning:
        'No permission was assigned. Entra issues such a token to any application of the tenant that asks, so a valid token alone grants nothing.',
      advice: isApp
        ? assignApp
        : 'Grant the client a scope (for users) or an app role (for applications) of this API.',
      link: errorPage('permissions_missing'),
    },
  ]
}

function aboutAppPermissions({ roles }: Facts): readonly Finding[] {
  return [
    {
      id: 'app_token_has_no_scopes',
      severity: 'info',
      seen: `The caller is an application, with the roles ${quote(roles)} and no scp.`,
      meaning:
        'Tokens of applications never carry scp, because no user delegates anything. Their permissions are in roles.',
      advice:
        'Name the permission in appPermissions of the route. A route that names only scopes refuses applications.',
      link: pages.appRoles,
    },
  ]
}

function aboutUnknownCaller({ payload }: Facts): readonly Finding[] {
  return [
    {
      id: 'caller_unknown',
      severity: 'warning',
      code: 'caller_refused',
      seen: `Nothing proves whether the caller is a user or an application (${
        Object.hasOwn(payload, 'idtyp') ? `idtyp is ${quote(payload['idtyp'])}` : 'there is no idtyp'
      }).`,
      meaning:
        'Roles of a user and permissions of an application look the same, so a caller that could be either is never admitted.',
      advice: 'App registrations > the API > Token configuration > Add optional claim > Access > idtyp.',
      link: errorPage('caller_refused'),
    },
  ]
}

function withoutRoles(): readonly Finding[] {
  return [
    {
      id: 'user_without_roles',
      severity: 'info',
      seen: 'The user has delegated permissions (scp) and no roles.',
      meaning:
        'The scopes say what the client may do; roles say what the user may do. A role appears only once it is assigned to the user or to a group that the user is in.',
      advice: `Needed only where a route asks for roles: ${assignUser}`,
      link: pages.appRoles,
    },
  ]
}

function aboutGroups({ payload }: Facts): readonly Finding[] {
  if (readGroups(payload).status === 'overage') {
    return [
      {
        id: 'groups_overage',
        severity: 'warning',
        code: 'groups_overage',
        seen: 'The user is in more groups than the token can list (200; 6 in the implicit flow). The token holds a pointer instead.',
        meaning:
          'This does not mean that the user is in no group. The address in the pointer is retired and must not be called.',
        advice:
          'Set resolveGroups: graphGroups({ getGraphToken }), or let the registration emit only the groups assigned to the application (Token configuration > groups claim), or use app roles.',
        link: errorPage('groups_overage'),
      },
    ]
  }
  const groups = member(payload, 'groups')
  const name = Array.isArray(groups)
    ? groups.find((group) => typeof group !== 'string' || !isGuid(group.toLowerCase()))
    : undefined
  if (name === undefined) return []
  return [
    {
      id: 'groups_are_names',
      severity: 'warning',
      seen: `The groups claim contains names, for example ${quote(name)}.`,
      meaning:
        'Anyone who may create a group can give it this name, so a name proves nothing. Only object ids count as groups here.',
      advice: 'Token configuration > groups claim > Access: choose Group ID.',
      link: pages.optionalClaims,
    },
  ]
}

function aboutAccount(facts: Facts): readonly Finding[] {
  const { kind } = facts
  if (isPersonal(facts)) {
    return [
      {
        id: 'personal_account',
        severity: 'warning',
        seen: 'The tenant (tid) is the one that all personal Microsoft accounts share.',
        meaning: 'Anyone can create such an account within a minute.',
        advice:
          "They are accepted only with tenants: 'common' or 'consumers', or with a function and personalAccounts: true. Never treat this tenant as one customer.",
        link: pages.claimsValidation,
      },
    ]
  }
  return kind === 'app' ? [] : aboutGuest(facts)
}

function aboutGuest({ payload, guest, family }: Facts): readonly Finding[] {
  const mark = ['acct', 'xms_idrel', 'idp'].find((name) => Object.hasOwn(payload, name))
  if (mark === undefined) return []
  const finding = { id: 'guest', severity: 'info', link: errorPage('guest_refused') } as const
  const value = quote(member(payload, mark))
  if (guest === true || (guest === undefined && textOf(payload, 'idp') === 'live.com')) {
    return [
      {
        ...finding,
        seen: `The user is a guest of this tenant (${mark} is ${value}).`,
        meaning:
          'The account belongs to another directory, or is a personal account. Its oid is that of the guest account here; in the home directory the same person has another oid.',
        advice:
          "To keep guests out, set guests: 'refuse' and add the optional claim acct to the registration of the API, which tells members and guests apart.",
      },
    ]
  }
  // Users of B2C come from anywhere.
  if (guest === false || family === 'b2c') return []
  return [
    {
      ...finding,
      seen: `The token does not tell whether the user is a guest of this tenant (${mark} is ${value}).`,
      meaning: "guests: 'refuse' refuses the user: what the token does not tell counts as a guest.",
      advice:
        'App registrations > the API > Token configuration > Add optional claim > Access > acct. It is 0 for members and 1 for guests.',
    },
  ]
}

const agentActs = {
  autonomous: 'An agent acts by itself, as an application',
  onBehalfOf: 'An agent acts on behalf of a person',
  userAccount: 'An agent acts with a user account of its own',
}

function aboutAgent({ payload, kind, family }: Facts): readonly Finding[] {
  const agent = family === 'b2c' ? 'none' : readAgent(payload, kind)
  const managed = textOf(payload, 'xms_mirid')
  if (typeof agent === 'object') {
    const marks = ['xms_act_fct', 'xms_sub_fct', 'xms_par_app_azp'].filter((name) =>
      Object.hasOwn(payload, name),
    )
    return [
      {
        id: 'agent_identity',
        severity: 'info',
        seen: `${agentActs[agent.kind]} (${marks.map((name) => `${name} ${quote(member(payload, name))}`).join(', ')}).`,
        meaning:
          'The client (azp or appid) is the agent identity. xms_par_app_azp names the blueprint that it was made from: it is for logs and says nothing about permissions. An empty scp, or "/", means no scope.',
        advice:
          "Decide on scopes, roles and the agent identity as for any other client. A route can set agents: 'refuse' or agents: 'only'. To admit only certain agents, name them in clients or principals.",
        link: pages.agents,
      },
    ]
  }
  if (managed === undefined) return []
  return [
    {
      id: 'managed_identity',
      severity: 'info',
      seen: `A managed identity calls: ${quote(managed)}.`,
      meaning:
        'The path consists of names of Azure resources, and a name can be reused. The stable identity is tid with oid.',
      advice: 'Decide on roles, or on principals with the object id of the managed identity.',
      link: pages.managedIdentities,
    },
  ]
}

function aboutTrust({ payload }: Facts): readonly Finding[] {
  const names = Object.keys(payload)
  const custom = names.filter((name) => catalogueRow('payload', name) === undefined)
  const display = ['email', 'upn', 'preferred_username', 'unique_name', 'name'].filter((name) =>
    names.includes(name),
  )
  const findings: Finding[] = []
  if (custom.length > 0) {
    findings.push({
      id: 'custom_claims',
      severity: 'info',
      seen: `The token has claims that Entra does not issue by itself: ${list(custom)}.`,
      meaning:
        'A claims mapping policy, a custom claims provider or an extension wrote them, so an administrator of the tenant decides their values. A registration with a claims mapping policy usually signs with its own key.',
      advice:
        'Do not base access on them in an API for several tenants. If the signing key is not found, set appId to the client id of this API.',
      link: pages.customClaims,
    })
  }
  if (display.length > 0) {
    findings.push({
      id: 'display_only_claims',
      severity: 'info',
      seen: `The token has ${list(display)}.`,
      meaning:
        'They are for display only: they can change, they can be given to someone else, and for guests another directory chooses them. Basing access on them opens the API to the nOAuth attack.',
      advice: 'Base access on tid with oid (identity.key), scopes and roles.',
      link: pages.claimsValidation,
    })
  }
  return findings
}

function list(names: readonly string[]): string {
  const more = names.length > 8 ? ` and ${names.length - 8} more` : ''
  return printable(names.slice(0, 8).join(', ').slice(0, 200)) + more
}
