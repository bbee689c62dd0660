import { existsSync, statSync } from 'node:fs'
import path from 'node:path'

import { addressOf, pageOfFolder } from './pages.ts'
import { repositoryUrl, root } from './repository.ts'

/** Where a link or an image of a Markdown file leads. */
export type Target =
  | { readonly kind: 'outside'; readonly url: string }
  | { readonly kind: 'anchor'; readonly anchor: string }
  | { readonly kind: 'file'; readonly file: string; readonly folder: boolean; readonly anchor: string }

/**
 * Reads a link as GitHub does: relative to the file that it stands in. Throws for an address that is not https, for
 * a file that does not exist, and for a way out of the repository.
 */
export function readLink(from: string, href: string): Target {
  if (/^(?:[a-z][a-z\d+.-]*:|\/\/)/i.test(href)) {
    if (
      !URL.canParse(href) ||
      !(new URL(href).protocol === 'https:' || /^http:\/\/(?:localhost|127\.0\.0\.1)[:/]/.test(href))
    )
      throw new Error(`${from}: ${href} is no https address`)
    return { kind: 'outside', url: href }
  }
  const [before = '', anchor = ''] = href.split('#')
  if (before === '') return { kind: 'anchor', anchor }
  if (before.startsWith('/')) throw new Error(`${from}: ${href} is not relative`)
  const file = path.posix.join(path.posix.dirname(from), decodeURI(before)).replace(/\/$/, '')
  const absolute = path.join(root, file)
  if (file.startsWith('..') || !existsSync(absolute)) throw new Error(`${from}: ${href} does not exist`)
  return { kind: 'file', file, folder: statSync(absolute).isDirectory(), anchor }
}

/** The same link on the site: a page of it, or the file in the repository. */
export function linkOnSite(from: string, href: string): string {
  const target = readLink(from, href)
  if (target.kind === 'outside') return target.url
  if (target.kind === 'anchor') return `#${target.anchor}`
  const anchor = target.anchor === '' ? '' : `#${target.anchor}`
  const page = target.folder ? pageOfFolder(target.file) : target.file
  const address = page === undefined ? undefined : addressOf(page)
  if (address !== undefined) return `/${address}${anchor}`
  return `${repositoryUrl}/${target.folder ? 'tree' : 'blob'}/main/${target.file}${anchor}`
}
