/**
 * What is mutated, in pieces that fit two cores, and the tests that hold it. They run from the shortest to the longest, and
 * a mutant needs no more of them than the first that fails: so a long list costs only what survives.
 */
const core = (wing, ...tests) => ({
  files: [`packages/core/src/${wing}/*.ts`],
  tests: [
    `packages/core/test/${wing}/*.test.ts`,
    'packages/core/test/{scenarios,promises,events,combine,token-cache,proof-request}.test.ts',
    // Seventeen hundred rows about claims, and half of the time of all of core: for that piece alone.
    ...tests.map((folder) => `packages/core/test/${folder}/!(token-kinds).test.ts`),
  ],
})

/** The hostile documents and tokens hold many rules of core that its own tests do not repeat. */
const withHostile = (piece) => also(piece, 'tests/hostile/core.test.ts')

const also = ({ files, tests }, ...more) => ({ files, tests: [...tests, ...more] })

const adapter = (name, ...tests) => ({
  files: [`packages/${name}/src/**/*.ts`],
  tests: [`packages/${name}/test/**/*.test.ts`, ...tests],
})

/** What several adapters have to refuse, in one file each. */
const forAll = [
  'tests/hostile/{proofs.mounts,verifiers-that-fail}.test.ts',
  'tests/contract/two-guards.test.ts',
]

export const pieces = {
  token: core('token'),
  claims: core('claims', 'authority', 'access', 'pop'),
  keys: withHostile(core('keys', 'documents', 'authority')),
  // What follows from an authority without its metadata the keys that are given in code need.
  authority: core('authority', 'options', 'claims', 'keys'),
  access: also(
    core('access', 'errors', 'claims'),
    // To which host a lookup of groups goes, and what an access takes.
    'packages/core/test/keys/graph-host.test.ts',
    'packages/core/test/options/values-no-token-carries.test.ts',
  ),
  documents: core('documents', 'keys'),
  errors: {
    ...core('errors', 'documents', 'access', 'token', 'pop'),
    // The catalogue is a table of texts, which `pnpm error-pages --check` compares with the pages as a whole.
    files: ['packages/core/src/errors/!(error-catalogue).ts'],
  },
  options: core('options', 'authority', 'keys', 'documents', 'errors'),
  pop: core('pop', 'errors', 'claims'),
  flow: {
    files: [
      'packages/core/src/{verifier,create-verifier,verifier-options,bound-tokens,proof-request,combine,routing,token-cache}.ts',
      'packages/core/src/async/*.ts',
    ],
    tests: [
      'packages/core/test/*.test.ts',
      'packages/core/test/{async,access,authority,keys,options,pop}/*.test.ts',
    ],
  },
  express: adapter('express', 'tests/contract/express.test.ts', ...forAll),
  fastify: adapter('fastify', 'tests/contract/fastify.test.ts', ...forAll),
  hono: adapter('hono', 'tests/contract/hono.test.ts', ...forAll),
  next: adapter('next'),
  'azure-functions': adapter('azure-functions', 'tests/contract/azure-functions.test.ts', ...forAll),
  nestjs: adapter('nestjs'),
  // Of tests/passport one file, because passport-azure-ad remembers the metadata of the first that ran.
  passport: adapter(
    'passport',
    'tests/passport/behaviours.test.ts',
    'tests/contract/passport.test.ts',
    ...forAll,
  ),
  mcp: adapter('mcp', 'tests/contract/mcp.test.ts', 'tests/mcp/*.test.ts'),
  downstream: adapter('downstream', 'tests/downstream/*.test.ts'),
  emulator: {
    files: [
      'packages/emulator/src/flows/token/{grants,grant-types,token-request,token-endpoint}.ts',
      'packages/emulator/src/flows/client/*.ts',
      'packages/emulator/src/flows/sign-in/{authorization-request,authorization-response,logout-endpoint}.ts',
    ],
    tests: ['packages/emulator/test/*.test.ts', 'packages/emulator/test/{flows,services,tokens}/*.test.ts'],
  },
}
