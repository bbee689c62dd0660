import { globSync, mkdirSync } from 'node:fs'
import path from 'node:path'

import { Stryker } from '@stryker-mutator/core'

import { root } from '../tools.mjs'
import { pieces } from './pieces.mjs'

const reports = path.join('reports', 'mutants')

/**
 * What takes a whole block, function, object or list away. Conditions, calls and members are mutated one by one, so
 * these die with the first test that comes by, say nothing more, and take as long.
 */
const excludedMutations = ['BlockStatement', 'ArrowFunction', 'ObjectLiteral', 'ArrayDeclaration']

/** They read the sources, which are other ones here, or start processes of their own, in which nothing is mutated. */
const unfit = /(?:\.slow|\/claim-types|\/budgets|\/process|\.types|\/types)\.test\.ts$/

const expand = (globs) =>
  globs
    .flatMap((glob) => globSync(glob, { cwd: root }))
    .map((file) => file.replaceAll(path.sep, '/'))
    .filter((file) => !unfit.test(file))

/** Runs Stryker over a piece with these tests. What an earlier run found out, and no change concerns, is kept. */
async function mutate(name, tests, concurrency) {
  process.env['ENTRAGUARD_MUTANTS'] = JSON.stringify(tests)
  await new Stryker({
    packageManager: 'pnpm',
    testRunner: 'vitest',
    plugins: ['@stryker-mutator/vitest-runner', './scripts/mutants/texts.mjs'],
    ignorers: ['texts'],
    mutator: { excludedMutations },
    mutate: expand(pieces[name].files),
    vitest: { configFile: 'vitest.mutants.config.ts', related: false, pool: 'threads' },
    tsconfigFile: 'none.json', // Stryker would read it with an API that TypeScript 7 does not have
    coverageAnalysis: 'perTest',
    ignoreStatic: true, // what is evaluated once, while a module loads: tables, which tests compare as a whole
    concurrency,
    timeoutMS: 30_000, // a busy machine must not look like an endless loop, which Stryker finds by counting
    timeoutFactor: 3,
    dryRunTimeoutMinutes: 15,
    ignorePatterns: [
      'dist',
      '/site',
      '/benchmarks',
      '.toolchain',
      '.turbo',
      '.next',
      '/coverage',
      '/test-results',
      '/reports',
    ],
    incremental: true,
    incrementalFile: `${reports}/${name}.json`,
    reporters: ['progress-append-only'],
    tempDirName: `.stryker-tmp/${name}`,
    allowEmpty: true,
  }).runMutationTest()
}

/** First with the tests that were written for the piece; what survived then meets the wide ones. */
export async function runPiece(name, { concurrency, near }) {
  const piece = pieces[name]
  mkdirSync(path.join(root, reports), { recursive: true })
  const nearTests = expand(piece.near).filter((file) => !expand(piece.slow ?? []).includes(file))
  await mutate(name, nearTests, concurrency)
  const all = [...new Set([...nearTests, ...expand(piece.wide), ...expand(piece.slow ?? [])])]
  if (!near && all.length > nearTests.length) await mutate(name, all, concurrency)
}
