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

const ignorePatterns = [
  'dist',
  '/site',
  '/benchmarks',
  '.toolchain',
  '.turbo',
  '.next',
  '/coverage',
  '/test-results',
  '/reports',
  '.stryker-tmp',
]

/** They read the sources, which are other ones here, or start processes of their own, in which nothing is mutated. */
const unfit = /(?:\.slow|\.commonjs|\/claim-types|\/budgets|\/flood|\/process|\.types|\/types)\.test\.ts$/

const expand = (globs) =>
  globs
    .flatMap((glob) => globSync(glob, { cwd: root }))
    .map((file) => file.replaceAll(path.sep, '/'))
    .filter((file) => !unfit.test(file))

/** Runs Stryker over a piece. What an earlier run found out, and no change of code or tests concerns, is kept. */
export async function runPiece(name, { concurrency, only }) {
  mkdirSync(path.join(root, reports), { recursive: true })
  const [own, ...others] = pieces[name].tests
  process.env['ENTRAGUARD_MUTANTS'] = JSON.stringify({ own: expand([own]), others: expand(others) })
  await new Stryker({
    packageManager: 'pnpm',
    testRunner: 'vitest',
    plugins: ['@stryker-mutator/vitest-runner', './scripts/mutants/texts.mjs'],
    ignorers: ['texts'],
    mutator: { excludedMutations },
    mutate: expand(pieces[name].files).filter((file) => file.includes(only)),
    vitest: { configFile: 'vitest.mutants.config.ts', related: false, pool: 'threads' },
    tsconfigFile: 'none.json', // Stryker would read it with an API that TypeScript 7 does not have
    coverageAnalysis: 'perTest',
    ignoreStatic: true, // what is evaluated once, while a module loads: tables, which tests compare as a whole
    concurrency,
    timeoutMS: 6_000, // an endless loop is found sooner, by counting: this is for what waits forever
    timeoutFactor: 2,
    dryRunTimeoutMinutes: 15,
    ignorePatterns,
    incremental: true,
    incrementalFile: `${reports}/${name}.json`,
    reporters: ['progress-append-only'],
    tempDirName: `.stryker-tmp/${name}`,
    allowEmpty: true,
  }).runMutationTest()
}
