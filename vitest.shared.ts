import { defineProject, type UserWorkspaceConfig } from 'vitest/config'

/** `--all` (or `ENTRAGUARD_ALL=1`) adds the `*.slow.test.ts` files: runtimes, browser, builds, services. */
const all = process.env['ENTRAGUARD_ALL'] === '1'

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
    test: {
      name,
      include: ['**/*.test.ts'],
      exclude: ['**/node_modules/**', '**/dist/**', '**/.next/**', ...(all ? [] : ['**/*.slow.test.ts'])],
      ...test,
    },
  })
