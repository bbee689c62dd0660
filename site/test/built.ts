import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'

import { root } from '../src/repository.ts'

/** As on GitHub Pages, in a folder of the host: a link that forgets the folder leads nowhere. */
export const base = '/entraguard/'
export const out: string = path.join(root, 'test-results/site')

/** Builds the site as it is published. It takes a minute; the tests of one run share what it wrote. */
export function buildSite(): void {
  const build = spawnSync(process.execPath, ['build.ts', '--base', base, '--out', out], {
    cwd: path.join(root, 'site'),
    encoding: 'utf8',
  })
  if (build.status !== 0) throw new Error(`${build.stdout}\n${build.stderr}`)
}

/** A file of the site as it was built. */
export const built = (file: string): string => readFileSync(path.join(out, file), 'utf8')
