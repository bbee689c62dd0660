/**
 * What an editor shows for the caller of a route: the names of the documentation, and not how the type was found. By the
 * language service that editors of TypeScript up to 6 use; version 7 has none that a program can ask.
 */
import { readFileSync } from 'node:fs'
import path from 'node:path'

import ts from 'typescript6'
import { beforeAll, expect, it } from 'vitest'

const file = path.join(import.meta.dirname, 'hover/callers.ts')
const text = readFileSync(file, 'utf8')

const readText = (name: string): string | undefined => ts.sys.readFile(name)

let service: ts.LanguageService
let problems: readonly string[]

beforeAll(() => {
  const read = ts.readConfigFile(path.join(import.meta.dirname, 'tsconfig.json'), readText)
  const { options } = ts.parseJsonConfigFileContent(read.config, ts.sys, import.meta.dirname)
  service = ts.createLanguageService({
    fileExists: (name) => ts.sys.fileExists(name),
    readFile: readText,
    realpath: (name) => ts.sys.realpath?.(name) ?? name,
    getCompilationSettings: () => ({ ...options, declaration: false }),
    getScriptFileNames: () => [file],
    getScriptVersion: () => '1',
    getScriptSnapshot: (name) => {
      const content = readText(name)
      return content === undefined ? undefined : ts.ScriptSnapshot.fromString(content)
    },
    getCurrentDirectory: () => import.meta.dirname,
    getDefaultLibFileName: ts.getDefaultLibFilePath,
  })
  // Before anything is hovered: TypeScript shows the members of a union in the order in which it came upon them.
  problems = service
    .getSemanticDiagnostics(file)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))
})

it('what is hovered compiles', () => {
  expect(problems).toEqual([])
})

it.each([
  ['coreUser', 'const coreUser: UserIdentity'],
  ['coreApp', 'const coreApp: AppIdentity'],
  ['coreBoth', 'const coreBoth: UserIdentity | AppIdentity'],
  ['coreEither', 'const coreEither: UserIdentity | AppIdentity'],
  ['coreNarrowed', 'const coreNarrowed: UserIdentity'],
  ['decided', 'const decided: UserIdentity'],
  ['authenticated', 'const authenticated: UserIdentity'],
  ['anybody', 'const anybody: UserIdentity | AppIdentity'],
  ['honoUser', 'const honoUser: UserIdentity'],
  ['honoVisitor', 'const honoVisitor: UserIdentity | undefined'],
  ['honoAnybody', 'const honoAnybody: Identity'],
  // Hono makes it by intersecting the types of both middlewares, and an intersection has no name: what a UserIdentity is.
  ['honoNarrowed', 'const honoNarrowed: EntraIdentity<"user"> | B2cIdentity<"user">'],
  ['nextUser', '(parameter) nextUser: UserIdentity'],
  ['nextVisitor', '(parameter) nextVisitor: UserIdentity | undefined'],
  ['nextApp', '(parameter) nextApp: AppIdentity'],
  ['pageUser', 'const pageUser: UserIdentity'],
  ['expressUser', 'const expressUser: UserIdentity'],
  ['fastifyUser', 'const fastifyUser: UserIdentity'],
  ['functionsUser', '(parameter) functionsUser: UserIdentity'],
  ['nestCaller', 'const nestCaller: UserIdentity | AppIdentity | undefined'],
])('hovering %s shows "%s"', (name, shown) => {
  const { displayParts } =
    service.getQuickInfoAtPosition(file, text.search(new RegExp(`\\b${name}\\b`))) ?? {}
  expect(ts.displayPartsToString(displayParts)).toBe(shown)
})
