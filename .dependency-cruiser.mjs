// Which imports are allowed, read by dependency-cruiser in `pnpm check`. A type counts like a value.
import { createRequire } from 'node:module'

// With another major it finds no module, and everything passes.
const { version } = createRequire(import.meta.resolve('dependency-cruiser'))('typescript')
if (!version.startsWith('6.')) throw new Error(`dependency-cruiser needs TypeScript 6, and has ${version}`)

/** packages/core/src from top to bottom: a floor imports from the floors below it, and nothing from beside it. */
const floors = [
  { explain: 'explain/|explain[.]ts$', pop: 'pop/|pop[.]ts$' },
  { 'the flow': '(?!(?:explain|pop)[.]ts$)[^/]+[.]ts$' },
  { access: 'access/' },
  { claims: 'claims/' },
  { keys: 'keys/' },
  { options: 'options/(?!option-values[.]ts$)' },
  { authority: 'authority/', documents: 'documents/' },
  // Plain checks of values: b2c() and externalId() read options too.
  { 'option values': 'options/option-values[.]ts$' },
  { token: 'token/' },
  { async: 'async/' },
  { errors: 'errors/' },
]

/** What each package may import of ours. Adapters do not know each other, and the emulator not the code that it tests. */
const packages = {
  core: [],
  emulator: [],
  'azure-functions': ['core'],
  downstream: ['core'],
  express: ['core'],
  fastify: ['core'],
  hono: ['core'],
  mcp: ['core'],
  nestjs: ['core'],
  next: ['core'],
  opentelemetry: ['core'],
  passport: ['core'],
  cli: ['core', 'emulator', 'passport'],
}

const filesOf = (files) => `^packages/core/src/(?:${files})`
const wings = floors.flatMap((floor, height) =>
  Object.entries(floor).map(([name, files]) => ({ name, height, files: filesOf(files) })),
)

const floorRules = wings.map((wing) => ({
  name: `core: ${wing.name} imports only what is below it`,
  severity: 'error',
  from: { path: wing.files },
  to: {
    path: wings.filter((other) => other.height <= wing.height).map(({ files }) => files),
    pathNot: wing.files,
  },
}))

/** What a browser gets from the emulator: texts, of which nothing is called. */
const portalTexts = '^apps/portal/(?:files\\.d\\.ts|dist/files\\.js)$'

const packageRules = Object.entries(packages).map(([name, allowed]) => ({
  name: `packages: ${name} imports ${allowed.join(' and ') || 'none of ours'}`,
  severity: 'error',
  from: { path: `^packages/${name}/src/` },
  to: {
    path: '^(?:packages|apps|templates|tests|benchmarks|site)/',
    pathNot: [`^packages/${name}/`, portalTexts, ...allowed.map((other) => `^packages/${other}/src/`)],
  },
}))

export default {
  forbidden: [
    ...floorRules,
    ...packageRules,
    {
      name: 'packages: a new one is named above',
      severity: 'error',
      from: { path: '^packages/', pathNot: Object.keys(packages).map((name) => `^packages/${name}/`) },
      to: {},
    },
    { name: 'no circles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'everything is found', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      conditionNames: ['@entraguard/source', 'import', 'types', 'default'],
      exportsFields: ['exports'],
    },
  },
}
