import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'

import { defineConfig, type TestProjectConfiguration } from 'vitest/config'

import { project } from './vitest.shared.ts'

const here = import.meta.dirname

/**
 * A folder is one project named after it. A `vitest.config.ts` inside replaces that default, and each
 * `vitest.NAME.config.ts` adds another project; both build on `project()` of vitest.shared.ts.
 */
function projectsOf(folder: string, name = path.basename(folder)): TestProjectConfiguration[] {
  const root = path.join(here, folder)
  const own = readdirSync(root).filter((file) => /^vitest\.(?:[\w-]+\.)?config\.ts$/.test(file))
  const configs = own.map((file) => path.join(root, file))
  return own.includes('vitest.config.ts') ? configs : [project(name, root), ...configs]
}

const folders = ['packages', 'apps', 'templates'].flatMap((parent) =>
  readdirSync(path.join(here, parent))
    .map((child) => `${parent}/${child}`)
    .filter((folder) => existsSync(path.join(here, folder, 'package.json'))),
)

export default defineConfig({
  test: {
    fsModuleCache: false, // its key misses tsconfig changes, emitDecoratorMetadata for one
    coverage: { provider: 'v8', include: ['packages/*/src/**/*.ts'], thresholds: { lines: 80 } },
    projects: [
      ...folders.flatMap((folder) => projectsOf(folder)),
      ...projectsOf('tests', 'contract'),
      ...projectsOf('tests/clients'),
      ...projectsOf('tests/nest11'),
      ...projectsOf('tests/passport'),
      ...projectsOf('benchmarks'),
      ...projectsOf('site'),
    ],
  },
})
