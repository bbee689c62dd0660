import { readArguments } from '../arguments.ts'
import type { Command } from '../command.ts'
import { toAzureCli } from '../register/azure-cli.ts'
import { toBicep } from '../register/bicep.ts'
import { toEmulator } from '../register/emulator.ts'
import { toGraph } from '../register/graph.ts'
import { permissionOf, type Registration } from '../register/registration.ts'
import { toTerraform } from '../register/terraform.ts'
import { exitCodes, UsageError, writeJson } from '../terminal.ts'

const formats = ['az', 'bicep', 'terraform', 'graph', 'emulator'] as const

/** Prints the app registration of an API as text. It makes no request. */
export const register: Command = {
  summary: 'print the app registration of an API for Azure CLI, Bicep, Terraform, Graph or the emulator',
  help: `Usage: entraguard register --name NAME [options]

Prints the app registration of an API as the documentation recommends it: v2.0 tokens, the optional claims idtyp (for
users too), acct, acrs and xms_cc, and ids that stay the same when you run it again. It makes no request.

  --name NAME          the display name, for administrators and users
  --scopes LIST        delegated permissions, for users, as Orders.Read,Orders.Write
  --app-roles LIST     application permissions, for apps, as Orders.Read.All
  --multi-tenant       users and apps of other directories may call
  --mcp URL            URL of an MCP server, without a trailing slash; it becomes the Application ID URI
  --spa URL            redirect URI of a single-page application; may be given more than once
  --client GUID        a client that needs no user consent; may be given more than once
  --format FORMAT      az (default), bicep, terraform, graph (JSON), emulator (JSON)

Examples:
  entraguard register --name "Orders API" --scopes Orders.Read,Orders.Write --app-roles Orders.Read.All > register.sh
  entraguard register --name "Orders API" --scopes Orders.Read --format terraform > api.tf
  entraguard register --name "Orders API" --scopes Orders.Read --format emulator > entra.json
  entraguard emulator --config entra.json
`,
  // oxlint-disable-next-line typescript/require-await -- a command is a promise
  run: async (args, terminal) => {
    const { format = 'az', ...values } = readArguments(args, {
      name: { type: 'string' },
      scopes: { type: 'string' },
      'app-roles': { type: 'string' },
      'multi-tenant': { type: 'boolean' },
      mcp: { type: 'string' },
      spa: { type: 'string', multiple: true },
      client: { type: 'string', multiple: true },
      format: { type: 'string' },
    })
    const registration = readRegistration(values)
    switch (format) {
      case 'az':
        terminal.stdout.write(toAzureCli(registration))
        break
      case 'bicep':
        terminal.stdout.write(toBicep(registration))
        break
      case 'terraform':
        terminal.stdout.write(toTerraform(registration))
        break
      case 'graph':
        writeJson(terminal, toGraph(registration))
        break
      case 'emulator':
        writeJson(terminal, toEmulator(registration))
        break
      default:
        throw new UsageError(`--format must be one of ${formats.join(', ')}`)
    }
    return exitCodes.done
  },
}

interface Values {
  readonly name?: string | undefined
  readonly scopes?: string | undefined
  readonly 'app-roles'?: string | undefined
  readonly 'multi-tenant'?: boolean | undefined
  readonly mcp?: string | undefined
  readonly spa?: readonly string[] | undefined
  readonly client?: readonly string[] | undefined
}

const guid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** @throws {UsageError} for what Entra ID would refuse. */
function readRegistration({ name, scopes, mcp, spa = [], client = [], ...more }: Values): Registration {
  // Names stand in scripts and in files: what has a meaning there is no name.
  if (name === undefined || !/^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,119}$/u.test(name))
    throw new UsageError('Set --name to at most 120 letters, digits, spaces, dots, hyphens and underscores')
  const uniqueName = name
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
  if (uniqueName === '') throw new UsageError('--name needs at least one ASCII letter or digit')
  const registration: Registration = {
    name,
    uniqueName,
    scopes: readValues('--scopes', scopes).map((value) => permissionOf('scope', uniqueName, value)),
    appRoles: readValues('--app-roles', more['app-roles']).map((value) =>
      permissionOf('role', uniqueName, value),
    ),
    multiTenant: more['multi-tenant'] === true,
    mcp,
    spaRedirects: spa,
    clients: client.map((id) => id.toLowerCase()),
  }
  const [scopeNames, roleNames] = [registration.scopes, registration.appRoles].map((list) =>
    list.map(({ value }) => value),
  )
  const both = scopeNames?.find((value) => roleNames?.includes(value))
  if (both !== undefined)
    throw new UsageError(`${both} cannot be both a scope and an app role of one registration`)
  if (registration.scopes.length + registration.appRoles.length === 0)
    throw new UsageError('An API needs permissions: add --scopes for users, --app-roles for apps')
  if (mcp !== undefined && !isResource(mcp))
    throw new UsageError(
      '--mcp must be an https URL without user, password, query, fragment and trailing slash',
    )
  if (!spa.every(isRedirect))
    throw new UsageError(
      '--spa must be an https URL, or an http URL on localhost, without user, password and fragment',
    )
  if (!client.every((id) => guid.test(id))) throw new UsageError('--client must be the client id, a GUID')
  return registration
}

function readValues(option: string, list = ''): readonly string[] {
  const values = list.split(/[\s,]+/).filter((value) => value !== '')
  if (!values.every((value) => /^[A-Za-z0-9][A-Za-z0-9._-]{0,119}$/.test(value)))
    throw new UsageError(`${option} must be names such as Orders.Read, separated by commas`)
  if (new Set(values).size < values.length) throw new UsageError(`${option} contains a name twice`)
  return values
}

/** An `@` is part of a path, but what stands before one in front of it is a user. */
const resource = /^https:\/\/[^\s'"$?#\\/@]+(?:\/[^\s'"$?#\\]*[^\s'"$?#\\/])?$/

const isResource = (text: string): boolean => resource.test(text) && URL.canParse(text)

function isRedirect(text: string): boolean {
  if (!URL.canParse(text) || /[\s'"$*\\#]/.test(text)) return false
  const { protocol, hostname, username, password } = new URL(text)
  // Whatever is registered is shown to every administrator, and stands in scripts.
  if (username !== '' || password !== '') return false
  return protocol === 'https:' || (protocol === 'http:' && hostname === 'localhost')
}
