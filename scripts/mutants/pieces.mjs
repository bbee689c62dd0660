/**
 * What is mutated, in pieces that fit two cores. `files` are globs of sources. `near` are the tests that are written for
 * them, without the `slow` ones: they run first and kill most. `wide` are tests of more than this piece: only what survived meets them.
 */
const core = (wing, { near = [], wide = [], slow = [] } = {}) => ({
  files: [`packages/core/src/${wing}/*.ts`],
  near: [`packages/core/test/${wing}/*.test.ts`, ...near],
  wide: ['packages/core/test/{scenarios,promises,events,combine,token-cache}.test.ts', ...wide],
  slow: slow.map((name) => `packages/core/test/${wing}/${name}.test.ts`),
})

const adapter = (name, near = []) => ({
  files: [`packages/${name}/src/**/*.ts`],
  near: [`packages/${name}/test/**/*.test.ts`, ...near],
  wide: [],
})

export const pieces = {
  token: core('token', { slow: ['hostile-tokens'] }),
  authority: core('authority', { wide: ['packages/core/test/options/*.test.ts'] }),
  keys: core('keys', {
    slow: ['flood', 'timeline', 'keys-concurrent', 'keys-model'],
    wide: ['packages/core/test/documents/*.test.ts'],
  }),
  claims: core('claims', {
    slow: ['token-kinds'],
    wide: ['packages/core/test/authority/authority.test.ts', 'packages/core/test/access/*.test.ts'],
  }),
  access: core('access', { wide: ['packages/core/test/errors/*.test.ts'] }),
  options: core('options', {
    wide: ['packages/core/test/{keys,documents,authority,errors}/*.test.ts'],
  }),
  documents: core('documents', {
    slow: ['outage', 'network'],
    wide: ['packages/core/test/keys/*.test.ts'],
  }),
  errors: core('errors', {
    slow: ['challenge'],
    wide: ['packages/core/test/{token,documents,access}/*.test.ts'],
  }),
  flow: {
    files: [
      'packages/core/src/{verifier,create-verifier,verifier-options,combine,routing,token-cache}.ts',
      'packages/core/src/async/*.ts',
    ],
    near: [
      'packages/core/test/{combine,token-cache,scenarios,events}.test.ts',
      'packages/core/test/async/*.test.ts',
    ],
    wide: ['packages/core/test/{options,documents,access,errors,authority}/*.test.ts'],
  },
  express: adapter('express', ['tests/contract/express.test.ts']),
  fastify: adapter('fastify', ['tests/contract/fastify.test.ts']),
  hono: adapter('hono', ['tests/contract/hono.test.ts']),
  next: adapter('next'),
  'azure-functions': adapter('azure-functions', ['tests/contract/azure-functions.test.ts']),
  nestjs: adapter('nestjs'),
  passport: adapter('passport', ['tests/passport/*.test.ts', 'tests/contract/passport.test.ts']),
  mcp: adapter('mcp', ['tests/contract/mcp.test.ts', 'tests/mcp/*.test.ts']),
  downstream: adapter('downstream', ['tests/downstream/*.test.ts']),
  emulator: {
    files: [
      'packages/emulator/src/flows/token/{grants,grant-types,token-request,token-endpoint}.ts',
      'packages/emulator/src/flows/client/*.ts',
      'packages/emulator/src/flows/sign-in/{authorization-request,authorization-response,logout-endpoint}.ts',
    ],
    near: ['packages/emulator/test/flows/*.test.ts'],
    wide: ['packages/emulator/test/{.,services,documents}/*.test.ts'],
  },
}
