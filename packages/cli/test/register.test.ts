import { execFileSync } from 'node:child_process'

import { createVerifier } from '@entraguard/core'
import { createEmulator, defaults, readEmulatorOptions } from '@entraguard/emulator'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'

import { faultsOf } from './azuread.ts'
import { run } from './terminal.ts'

const CLIENT = '12121212-1212-4212-8212-121212121212'
const args =
  `--scopes Orders.Read,Orders.Write --app-roles Orders.Read.All --spa http://localhost:3000/ --client ${CLIENT} --multi-tenant`.split(
    ' ',
  )

async function text(...more: readonly string[]): Promise<string> {
  const named = more.includes('--name') ? more : ['--name', 'Orders API', ...more]
  const { code, out, err } = await run(['register', ...args, ...named], '')
  expect([code, err]).toEqual([0, ''])
  return out
}

const graph = async (...more: readonly string[]): Promise<Record<string, unknown>> =>
  JSON.parse(await text('--format', 'graph', ...more)) as Record<string, unknown>

const id = { type: 'string', pattern: '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' }
const filled = { type: 'string', minLength: 1 }
const uris = { type: 'array', items: filled, minItems: 1 }
const closed = (properties: Record<string, unknown>, optional: readonly string[] = []): object => ({
  type: 'object',
  properties,
  required: Object.keys(properties).filter((name) => !optional.includes(name)),
  additionalProperties: false,
})

/** The parts of Microsoft Graph's resource `application` that are used, after its page. */
const applicationSchema = closed(
  {
    displayName: { ...filled, maxLength: 256 },
    signInAudience: { enum: ['AzureADMyOrg', 'AzureADMultipleOrgs'] },
    identifierUris: uris,
    api: closed({
      requestedAccessTokenVersion: { const: 2 },
      oauth2PermissionScopes: {
        type: 'array',
        items: closed({
          id,
          value: { ...filled, maxLength: 120 },
          type: { enum: ['User', 'Admin'] },
          isEnabled: { const: true },
          adminConsentDisplayName: { ...filled, maxLength: 256 },
          adminConsentDescription: filled,
          userConsentDisplayName: filled,
          userConsentDescription: filled,
        }),
      },
      preAuthorizedApplications: {
        type: 'array',
        items: closed({ appId: id, delegatedPermissionIds: { type: 'array', items: id } }),
      },
    }),
    appRoles: {
      type: 'array',
      items: closed({
        id,
        value: { ...filled, maxLength: 120 },
        displayName: filled,
        description: filled,
        isEnabled: { const: true },
        allowedMemberTypes: { type: 'array', items: { enum: ['User', 'Application'] }, minItems: 1 },
      }),
    },
    optionalClaims: closed({
      accessToken: {
        type: 'array',
        items: closed({
          name: { enum: ['idtyp', 'acct', 'acrs', 'xms_cc'] },
          essential: { type: 'boolean' },
          additionalProperties: { type: 'array', items: { enum: ['include_user_token'] } },
        }),
      },
    }),
    spa: closed({ redirectUris: uris }),
  },
  ['identifierUris', 'spa'],
)

describe('every format', () => {
  it.each(['az', 'bicep', 'terraform', 'graph', 'emulator'])(
    '%s is the same each time, and says everything',
    async (format) => {
      const first = await text('--format', format)
      expect(await text('--format', format)).toBe(first)
      for (const part of [
        'Orders API',
        'Orders.Read',
        'Orders.Write',
        'Orders.Read.All',
        CLIENT,
        'http://localhost:3000/',
        'idtyp',
        'acct',
        'acrs',
        'xms_cc',
      ])
        expect(first).toContain(part)
      expect(first).not.toContain('undefined')
    },
  )
})

describe('graph', () => {
  it.each([[[]], [['--mcp', 'https://mcp.contoso.com/mcp']]])(
    'is a resource as Microsoft Graph takes it: %s',
    async (more) => {
      const validate = new Ajv2020().compile(applicationSchema)
      expect([validate(await graph(...more)), validate.errors]).toEqual([true, null])
    },
  )

  it('gives each permission an id of its own, and lets the client have the scopes', async () => {
    const { api, appRoles } = (await graph()) as {
      api: {
        oauth2PermissionScopes: { id: string }[]
        preAuthorizedApplications: { delegatedPermissionIds: string[] }[]
      }
      appRoles: { id: string }[]
    }
    const scopes = api.oauth2PermissionScopes.map((scope) => scope.id)
    expect(new Set([...scopes, ...appRoles.map((role) => role.id)]).size).toBe(3)
    expect(api.preAuthorizedApplications[0]?.delegatedPermissionIds).toEqual(scopes)
  })
})

describe('az', () => {
  it.skipIf(process.platform === 'win32')('is a script that a shell can read', async () => {
    for (const more of [[], ['--mcp', 'https://mcp.contoso.com/mcp']])
      expect(execFileSync('sh', ['-n'], { input: await text(...more) })).toHaveLength(0)
  })

  it('sends what the format graph prints', async () => {
    const body = /<<'END_OF_APPLICATION'\n([\s\S]*?)\nEND_OF_APPLICATION\n/.exec(await text())?.[1] ?? ''
    expect(JSON.parse(body)).toEqual(await graph())
  })
})

/** Reads a literal of Bicep, whose members and elements stand on lines of their own; takes its lines away. */
function readLiteral(first: string, lines: string[]): unknown {
  if (first === '{}') return {}
  if (first === '[]') return []
  if (first.startsWith("'")) return first.slice(1, -1).replaceAll("\\'", "'").replaceAll('\\\\', '\\')
  if (first !== '{' && first !== '[') return JSON.parse(first) as unknown
  const isList = first === '['
  const list: unknown[] = []
  const members: [string, unknown][] = []
  for (;;) {
    const line = lines.shift()?.trim()
    if (line === undefined) throw new Error('a literal does not end')
    if (line === (isList ? ']' : '}')) return isList ? list : Object.fromEntries(members)
    if (isList) list.push(readLiteral(line, lines))
    else {
      const [, name = '', rest = ''] = /^(\w+): (.*)$/.exec(line) ?? []
      members.push([name, readLiteral(rest, lines)])
    }
  }
}

describe('bicep', () => {
  it('declares the same application, with an Application ID URI that the tenant makes unique', async () => {
    const lines = (await text('--format', 'bicep')).split('\n')
    const at = lines.findIndex((line) => line.startsWith('resource api '))
    const uri = lines.find((line) => line.startsWith('  identifierUris'))
    expect(uri).toBe("  identifierUris: ['api://${tenant().tenantId}/orders-api']")
    const body = lines.slice(at + 1).filter((line) => line !== uri)
    expect(readLiteral('{', body)).toEqual({ uniqueName: 'orders-api', ...(await graph()) })
  })

  it('has the address of an MCP server for its Application ID URI', async () => {
    const lines = (await text('--format', 'bicep', '--mcp', 'https://mcp.contoso.com/mcp')).split('\n')
    const at = lines.findIndex((line) => line.startsWith('resource api '))
    expect(readLiteral('{', lines.slice(at + 1))).toMatchObject({
      identifierUris: ['https://mcp.contoso.com/mcp'],
    })
  })
})

describe('terraform', () => {
  it.each([[[]], [['--mcp', 'https://mcp.contoso.com/mcp']], [['--name', 'Bücher 2.0']]])(
    'is read by the parser of HashiCorp, and asks of the provider what it has: %s',
    async (more) => {
      expect(await faultsOf(await text('--format', 'terraform', ...more))).toEqual([])
    },
  )

  it.each([
    [
      'display_name ',
      'displayname ',
      ['azuread_application.api lacks displayName', 'azuread_application.api.displayname is not known'],
    ],
    [
      'requested_access_token_version = 2',
      'requested_access_token_version = "2"',
      ['azuread_application.api.api.requested_access_token_version is no number'],
    ],
    ['azuread_service_principal"', 'azuread_principal"', ['azuread_principal.api is not known']],
    ['[identifier_uris]', '[identifier_uri]', ['lifecycle.ignore_changes: identifier_uri is no argument']],
    [
      'value = azuread_application.api.client_id',
      'value = azuread_application.api.app_id',
      ['nobody gives azuread_application.api.app_id'],
    ],
  ])('would be found out with another %s', async (good, bad, faults) => {
    const written = await text('--format', 'terraform')
    expect(written).toContain(good)
    expect(await faultsOf(written.replace(good, bad))).toEqual(faults)
  })

  it('would be found out without a brace', async () => {
    const written = await text('--format', 'terraform')
    await expect(faultsOf(written.slice(0, -2))).rejects.toThrow('Unclosed configuration block')
  })
})

describe('emulator', () => {
  it('registers it there: a user signs in through the client, an app calls, and the API accepts both', async () => {
    const options = readEmulatorOptions(JSON.parse(await text('--format', 'emulator')))
    const entra = await createEmulator(options)
    const verifier = createVerifier(entra.verifierOptions())
    const [api] = verifier.audience
    const root = `https://login.microsoftonline.com/${defaults.tenantId}/oauth2/v2.0`
    const post = async (path: string, form: Record<string, string>): Promise<Record<string, string>> =>
      (await (
        await entra.fetch(`${root}/${path}`, { method: 'POST', body: new URLSearchParams(form) })
      ).json()) as Record<string, string>
    const device = await post('devicecode', { client_id: CLIENT, scope: `api://${api}/Orders.Read` })
    entra.settleDevice(device['user_code'] ?? '', 'aaaaaaaa-0000-4000-8000-000000000001')
    const granted = await post('token', {
      grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
      client_id: CLIENT,
      device_code: device['device_code'] ?? '',
    })
    const user = await verifier.authenticate(`Bearer ${granted['access_token']}`, {
      scopes: ['Orders.Read'],
      guests: 'refuse',
    })
    expect([user.clientId, user.claims]).toMatchObject([CLIENT, { idtyp: 'user', acct: 0, ver: '2.0' }])
    const app = await verifier.authenticate(`Bearer ${await entra.issueAppToken()}`, {
      appPermissions: ['Orders.Read.All'],
    })
    expect(app.claims).toMatchObject({ idtyp: 'app' })
  })

  it('knows an MCP server by its address', async () => {
    const mcp = 'https://mcp.contoso.com/mcp'
    const entra = await createEmulator(
      readEmulatorOptions(JSON.parse(await text('--format', 'emulator', '--mcp', mcp))),
    )
    expect(entra.directory.firstApp.appIdUri).toBe(mcp)
  })
})

describe('what Entra ID would refuse is refused here', () => {
  const name = ['--name', 'Orders API'] as const
  const good = [...name, '--scopes', 'Orders.Read'] as const
  it.each([
    ['no name', ['--scopes', 'Orders.Read']],
    ['a name that is a command', ['--name', '$(reboot)', '--scopes', 'a']],
    ['a name in quotes', ['--name', "a'b", '--scopes', 'a']],
    ['a name without anything of ASCII', ['--name', '注文', '--scopes', 'a']],
    ['no permission', [...name]],
    ['a scope with its API', [...name, '--scopes', 'api://x/Orders.Read']],
    ['a scope twice', [...name, '--scopes', 'a,a']],
    ['a scope that is a role, too', [...name, '--scopes', 'a', '--app-roles', 'a']],
    ['an MCP address with a slash at the end', [...good, '--mcp', 'https://mcp.contoso.com/']],
    ['an MCP address without TLS', [...good, '--mcp', 'http://mcp.contoso.com']],
    ['a page without TLS', [...good, '--spa', 'http://contoso.com/']],
    ['a page with a wildcard', [...good, '--spa', 'https://*.contoso.com/']],
    ['a name for a client', [...good, '--client', 'web']],
    ['a format that there is not', [...good, '--format', 'pulumi']],
    ['an option that there is not', [...good, '--secret', 'x']],
  ])('%s', async (_, given) => {
    const { code, out, err } = await run(['register', ...given], '')
    expect([code, out]).toEqual([2, ''])
    expect(err).toMatch(/^entraguard register: .+\n$/)
  })
})
