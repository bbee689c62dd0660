import { readFileSync } from 'node:fs'
import path from 'node:path'

import { expect, test } from 'vitest'

// The template is copied to begin a package, so it is packaged as the published adapters are: as Next's, because Hono's
// is also built for CommonJS. That it works, its own tests show.

const read = (folder: string, file: string): string =>
  readFileSync(path.join(import.meta.dirname, '..', folder, file), 'utf8')
const packaging = (folder: string): unknown => {
  const { license, bugs, files, type, sideEffects, exports, publishConfig, scripts, dependencies, engines } =
    JSON.parse(read(folder, 'package.json')) as Record<string, unknown>
  return { license, bugs, files, type, sideEffects, exports, publishConfig, scripts, dependencies, engines }
}

test('the adapter template is packaged as an adapter is', () => {
  expect(packaging('templates/adapter')).toEqual(packaging('packages/next'))
})

test.each(['tsup.config.ts', 'tsconfig.build.json', 'test/tsconfig.json'])(
  'and built by the same %s',
  (file) => {
    expect(read('templates/adapter', file)).toBe(read('packages/next', file))
  },
)
