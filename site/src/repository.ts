import { readFileSync } from 'node:fs'
import path from 'node:path'

/** The folder of the repository. Every file named in this package is relative to it, with forward slashes. */
export const root: string = path.join(import.meta.dirname, '../..')

/** The text of a file of the repository. */
export const read = (file: string): string => readFileSync(path.join(root, file), 'utf8')

interface Manifest {
  readonly name: string
  readonly repository: { readonly url: string }
  readonly exports: Readonly<Record<string, unknown>>
}

/** The `package.json` of a folder under `packages/`. */
export function manifestOf(folder: string): Manifest {
  const manifest: Manifest = JSON.parse(read(`packages/${folder}/package.json`))
  return manifest
}

/** Where the repository is read in a browser, from the `repository` of core. */
export const repositoryUrl: string = manifestOf('core').repository.url.replace(/^git\+|\.git$/g, '')

/** Where the site is published: the pages of the repository's owner on GitHub. */
export const siteUrl: string = repositoryUrl.replace(
  /^https:\/\/github\.com\/([^/]+)\/([^/]+)$/,
  'https://$1.github.io/$2/',
)
