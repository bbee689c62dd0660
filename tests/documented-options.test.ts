import { readFileSync } from 'node:fs'
import path from 'node:path'

import { expect, test } from 'vitest'

const read = (file: string): string => readFileSync(path.join(import.meta.dirname, '..', file), 'utf8')

/** The members of an exported interface, those of the interfaces that it extends left out. */
function membersOf(file: string, name: string): string[] {
  const body = new RegExp(`^export interface ${name}\\b[^{]*\\{\\n([\\s\\S]*?)^\\}`, 'm').exec(
    read(file),
  )?.[1]
  if (body === undefined) throw new Error(`no interface ${name} in ${file}`)
  return [...body.matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, member = '']) => member)
}

/** The rows of the tables of a page. */
const tablesOf = (page: string): string =>
  read(page)
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .join('\n')

test.each([
  ['core', 'verifier-options', 'VerifierOptions', ''],
  ['core', 'options/authority-options', 'AuthorityOptions', ''],
  ['core', 'options/key-options', 'KeyWorldOptions', ''],
  ['core', 'options/key-options', 'KeyOptions', 'keys.'],
  ['core', 'errors/challenge', 'ChallengeOptions', 'challenge.'],
  ['azure-functions', 'with-entra-guard', 'EntraGuardOptions', ''],
  ['downstream', 'options', 'DownstreamOptions', ''],
  ['express', 'entra-guard', 'EntraGuardOptions', ''],
  ['fastify', 'entra-guard', 'EntraGuardOptions', ''],
  ['hono', 'guard-options', 'EntraGuardOptions', ''],
  ['mcp', 'guard-options', 'McpGuardOptions', ''],
  ['next', 'guard-options', 'EntraGuardOptions', ''],
  ['nestjs', 'routes/access.options', 'AccessOptions', ''],
  ['opentelemetry', 'instrument', 'TelemetryOptions', ''],
  ['passport', 'options', 'IBearerStrategyOption', ''],
  ['passport', 'options', 'VerifierStrategyOptions', ''],
  ['passport', 'bearer-strategy', 'AuthenticateOptions', ''],
  ['nestjs', 'entra-guard.module', 'EntraGuardModuleExtras', ''],
  ['emulator', 'directory/options', 'EmulatorOptions', ''],
  ['emulator', 'directory/options', 'TenantOptions', ''],
  ['emulator', 'directory/options', 'AppOptions', ''],
  ['emulator', 'directory/options', 'UserOptions', ''],
  ['emulator', 'directory/options', 'GroupOptions', ''],
  ['emulator', 'tokens/token-options', 'TokenOptions', ''],
  ['emulator', 'tokens/token-options', 'AccessTokenOptions', ''],
  ['emulator', 'tokens/token-options', 'UserTokenOptions', ''],
  ['emulator', 'tokens/token-options', 'AppTokenOptions', ''],
  ['emulator', 'tokens/token-options', 'B2cTokenOptions', ''],
  ['emulator', 'tokens/token-options', 'IdTokenOptions', ''],
  ['emulator', 'node/listen', 'ListenOptions', ''],
  ['emulator', 'network/local-apis', 'LocalApi', ''],
])('the README of %s has a table with all of %s: %s', (folder, file, name, prefix) => {
  const tables = tablesOf(`packages/${folder}/README.md`)
  const absent = membersOf(`packages/${folder}/src/${file}.ts`, name).filter((member) =>
    // `keys` and `challenge` stand there by their members.
    ['keys', 'challenge'].includes(member)
      ? !tables.includes(`\`${member}.`)
      : !new RegExp(`\`(?:\\w+\\[\\])?${prefix}${member}(?:\\[\\])?\``).test(tables),
  )
  expect(absent).toEqual([])
})

test.each([
  ['docs/groups.md', 'access/graph-groups', 'GraphGroupsOptions'],
  ['docs/id-tokens.md', 'access/id-token', 'IdTokenOptions'],
  ['docs/permissions.md', 'access/access', 'AccessRule'],
])('%s has a table with all of %s: %s', (page, file, name) => {
  const tables = tablesOf(page)
  const absent = membersOf(`packages/core/src/${file}.ts`, name).filter(
    (member) => !new RegExp(`\`${member}(?:: [^\`]*)?\``).test(tables),
  )
  expect(absent).toEqual([])
})

test.each(['diagnose', 'decode', 'emulator', 'token', 'migrate'])(
  'the README of the command line has all options of %s',
  (command) => {
    const help = /help: `([\s\S]*?)`/.exec(read(`packages/cli/src/commands/${command}.ts`))?.[1] ?? ''
    const options = new Set(
      [...help.matchAll(/(?:^| )(--[a-z-]+) [A-Z"]/gm)].map(([, option = '']) => option),
    )
    const tables = tablesOf('packages/cli/README.md')
    expect(options.size).toBeGreaterThan(0)
    expect([...options].filter((option) => !tables.includes(`\`${option}\``))).toEqual([])
  },
)
