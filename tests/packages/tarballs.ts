import { execFile, execFileSync } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { promisify } from 'node:util'

const root = path.join(import.meta.dirname, '../..')

/** A package as `pnpm publish` would send it to the registry. */
export interface Tarball {
  readonly name: string
  readonly file: string
  /** The package that it was made of. */
  readonly folder: string
  /** What is inside, without the hashes that the bundler puts into names. */
  readonly contents: readonly string[]
  /** Bytes. */
  readonly size: number
}

const withoutHash = (file: string): string => file.replace(/-[0-9A-Z]{8}(?=\.js(?:\.map)?$)/, '-HASH')

/** Builds what is not built, and packs every package into a folder. */
export async function packAll(into: string): Promise<readonly Tarball[]> {
  const turbo = path.join(root, 'node_modules/turbo/bin/turbo')
  execFileSync(
    process.execPath,
    [turbo, 'run', 'build', '--filter=./packages/*', '--output-logs=errors-only'],
    { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] },
  )
  return Promise.all(
    readdirSync(path.join(root, 'packages'))
      .toSorted()
      .map((folder) => pack(path.join(root, 'packages', folder), into)),
  )
}

async function pack(folder: string, into: string): Promise<Tarball> {
  const { stdout } = await promisify(execFile)('pnpm', ['pack', '--json', '--pack-destination', into], {
    cwd: folder,
    shell: process.platform === 'win32',
  })
  const { name, filename, files } = JSON.parse(stdout) as {
    name: string
    filename: string
    files: readonly { path: string }[]
  }
  const file = path.resolve(into, filename)
  const contents = files.map((each) => withoutHash(each.path)).toSorted()
  return { name, file, folder, contents, size: statSync(file).size }
}

const require = createRequire(import.meta.url)

/** Packages in the versions that the tests of this repository run with. */
export const versionsOf = (...names: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    names.map((name) => {
      const manifest = require(path.join(root, 'tests/node_modules', name, 'package.json')) as {
        version: string
      }
      return [name, manifest.version]
    }),
  )
