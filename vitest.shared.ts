import { defineProject, type UserWorkspaceConfig } from 'vitest/config'

/** `ENTRAGUARD_ALL`: `1` adds the `*.slow.test.ts` files (runtimes, browser, builds, services), `slow` runs only them. */
const mode = process.env['ENTRAGUARD_ALL']

/** Which files are tests at the moment; a project that overrides one of the lists starts from it. */
export const testFiles = {
  include: mode === 'slow' ? ['**/*.slow.test.ts'] : ['**/*.test.ts'],
  exclude: [
    '**/node_modules/**',
    '**/dist/**',
    '**/.next/**',
    ...(mode === undefined || mode === '' ? ['**/*.slow.test.ts'] : []),
  ],
}

/** Milliseconds. A build of Next takes half a minute, and more than ten on a machine that does much else. */
const patience = mode === undefined || mode === '' ? 300_000 : 1_200_000

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
      testTimeout: patience,
      hookTimeout: patience,
      expect: { poll: { timeout: 240_000 } },
      ...test,
    },
  })
