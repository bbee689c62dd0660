import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'

import { describe, expect, it } from 'vitest'

import { describeExports, entryPointsOf, exportsOf } from './entry-points.ts'

const packages = path.join(import.meta.dirname, '../../packages')
const entries = readdirSync(packages)
  .toSorted()
  .flatMap((folder) =>
    entryPointsOf(path.join(packages, folder)).map(({ name, source = '' }) => ({
      name,
      source: path.join(packages, folder, source),
    })),
  )

describe('the manifest', () => {
  it.each(readdirSync(packages))('of %s lets nothing be published without provenance', (folder) => {
    const manifest = readFileSync(path.join(packages, folder, 'package.json'), 'utf8')
    expect(JSON.parse(manifest)).toMatchObject({ publishConfig: { access: 'public', provenance: true } })
  })
})

describe('the public names', () => {
  // Wanted? Then `pnpm vitest run tests/packages/exports -u`, and a changeset; docs/stability.md says what breaks.
  it('are these, in every entry point of every package', async () => {
    const named = entries.map(({ name, source }) => [name, exportsOf(source)] as const)
    await expect(describeExports(named)).toMatchFileSnapshot('snapshots/exports.txt')
  })

  it.each(entries)('$name exports at runtime what its source says', async ({ source }) => {
    const module = (await import(pathToFileURL(source).href)) as Record<string, unknown>
    expect(Object.keys(module).toSorted()).toEqual(exportsOf(source).values)
  })
})
