import path from 'node:path'

import { defineConfig, type Plugin } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

import { keptThreads } from './scripts/mutants/kept-threads.mjs'
import { project } from './vitest.shared.ts'

const here = import.meta.dirname

/** The test files that `scripts/mutants` chose: those of the piece itself, and others. */
const chosen: { own: string[]; others: string[] } = JSON.parse(
  process.env['ENTRAGUARD_MUTANTS'] ?? '{"own":[],"others":[]}',
)
const isOfNext = chosen.own.some((file) => file.startsWith('packages/next/'))
const own = new Set(chosen.own.map((file) => path.join(here, file)))

/** Milliseconds of each file when nothing was mutated, which was the first time. */
const durations = new Map<string, number>()

/** The files of the piece itself first, and of them the short ones: a mutant is dead with its first failed test. */
class LikelyFirst extends BaseSequencer {
  override async sort(specifications: TestSpecification[]): Promise<TestSpecification[]> {
    const cost = (one: TestSpecification): number => {
      const duration = durations.get(one.moduleId) ?? this.ctx.cache.getTestSpecificationResult(one)?.duration
      if (duration !== undefined) durations.set(one.moduleId, duration)
      return (duration ?? 0) + (own.has(one.moduleId) ? 0 : 1_000_000)
    }
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

/** Stryker knows only the names of Vitest's own pools, so this one is put in their place afterwards. */
const inKeptThreads: Plugin = {
  name: 'kept-threads',
  configureVitest({ project: { config } }) {
    Object.assign(config, { pool: keptThreads.name, poolRunner: keptThreads })
  },
}

export default defineConfig({
  plugins: [inKeptThreads],
  test: {
    fsModuleCache: false,
    sequence: { sequencer: LikelyFirst },
    projects: [
      project('mutants', here, {
        resolve: { conditions: ['@entraguard/source'], alias },
        // One worker that keeps its modules: loading them is most of the time that a mutant takes.
        test: {
          include: [...chosen.own, ...chosen.others],
          isolate: false,
          setupFiles: [
            'scripts/mutants/stop.mjs',
            ...(isOfNext ? ['packages/next/test/environment.ts'] : []),
          ],
          // Many mutants hang, and each of them takes so long.
          testTimeout: 15_000,
          expect: { poll: { timeout: 10_000 } },
        },
      }),
    ],
  },
})
