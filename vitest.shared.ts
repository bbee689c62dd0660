import path from 'node:path'

import { defineProject, type UserWorkspaceConfig } from 'vitest/config'

/** `ENTRAGUARD_ALL`: `1` adds the `*.slow.test.ts` files (runtimes, browser, builds, services), `slow` runs only them. */
const mode = process.env['ENTRAGUARD_ALL']
const isFast = mode === undefined || mode === ''

/** Which files are tests at the moment; a project that overrides one of the lists starts from it. */
export const testFiles = {
  include: mode === 'slow' ? ['**/*.slow.test.ts'] : ['**/*.test.ts'],
  exclude: ['**/node_modules/**', '**/dist/**', '**/.next/**', ...(isFast ? ['**/*.slow.test.ts'] : [])],
}

/** Milliseconds. A build of Next takes half a minute, and more than ten on a machine that does much else. */
const patience = isFast ? 300_000 : 1_200_000

/** A vitest project whose imports of workspace packages end in their TypeScript source: no build first. */
export const project = (
  name: string,
  root: string,
  { test, ...config }: UserWorkspaceConfig = {},
): UserWorkspaceConfig =>
  defineProject({
    root,
    resolve: { conditions: ['@entraguard/source'] },
    ssr: { resolve: { conditions: ['@entraguard/source', 'module', 'node'] } },
    ...config,
    // Nothing waits for real time: a limit is only for what hangs, and a busy machine must not look like that. So there is
    // one for all, and no test has a shorter one of its own.
    test: {
      name,
      ...testFiles,
      // Half of the time of a fast test file is a process that starts and loads what the one before had loaded. A package
      // whose tests look at what is there once in a process asks for its own; slow tests always have it.
      isolate: !isFast,
      maxWorkers: '100%', // by default one processor is left alone, which is half of a machine with two
      testTimeout: patience,
      hookTimeout: patience,
      expect: { poll: { timeout: 240_000 } },
      ...test,
      setupFiles: [
        path.join(import.meta.dirname, 'vitest.keep-alive.ts'),
        ...[test?.setupFiles ?? []].flat(),
      ],
    },
  })
