import path from 'node:path'

import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

import { project } from './vitest.shared.ts'

const here = import.meta.dirname

/** The test files that `scripts/mutants` chose. */
const include: string[] = JSON.parse(process.env['ENTRAGUARD_MUTANTS'] ?? '[]')

/** Short files first: a mutant is dead with its first failed test. */
class ShortFirst extends BaseSequencer {
  override async sort(specifications: TestSpecification[]): Promise<TestSpecification[]> {
    const cost = (one: TestSpecification): number =>
      this.ctx.cache.getTestSpecificationResult(one)?.duration ?? 0
    return specifications.toSorted((a, b) => cost(a) - cost(b))
  }
}

// By way of node_modules a package would come from outside the sandbox of Stryker, where nothing is mutated.
const alias = [
  {
    find: /^@entraguard\/(core|emulator|nestjs)\/([a-z-]+)$/,
    replacement: path.join(here, 'packages/$1/src/$2.ts'),
  },
  { find: /^@entraguard\/([a-z-]+)$/, replacement: path.join(here, 'packages/$1/src/index.ts') },
]

export default defineConfig({
  test: {
    fsModuleCache: false,
    sequence: { sequencer: ShortFirst },
    projects: [
      project('mutants', here, {
        resolve: { conditions: ['@entraguard/source'], alias },
        // One worker that keeps its modules: loading them is most of the time that a mutant takes.
        test: {
          include,
          isolate: false,
          pool: 'threads',
          setupFiles: ['scripts/mutants/stop.mjs'],
          // Many mutants hang, and each of them takes so long.
          testTimeout: 30_000,
          expect: { poll: { timeout: 25_000 } },
        },
      }),
    ],
  },
})
