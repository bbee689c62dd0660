import { globSync } from 'node:fs'
import path from 'node:path'

import { anchorOf } from './anchors.ts'
import { readLink } from './links.ts'
import { addressOf, generated } from './pages.ts'
import { read, root } from './repository.ts'

/** One entry of the sidebar, in the shape that VitePress takes. */
export interface Entry {
  text: string
  link?: string
  collapsed?: boolean
  items?: Entry[]
}

const index = 'docs/README.md'

/** How many of the first groups show their pages before anybody asks. */
const openGroups = 2

function entry(text: string, file: string): Entry {
  const address = addressOf(file)
  if (address === undefined) throw new Error(`${file} is no page`)
  return {
    text,
    link: `/${address.replace(/(?:(^|\/)index)?\.md$/, (_, slash?: string) => slash ?? '.html')}`,
  }
}

/** The first heading of a page, without the marks of inline code. */
const titleOf = (file: string): string =>
  (/^# (.+)$/m.exec(read(file))?.[1] ?? path.posix.basename(file, '.md')).replaceAll('`', '')

const filesIn = (folder: string): readonly string[] =>
  globSync(`${folder}/*.md`, { cwd: root })
    .map((file) => file.split(path.sep).join('/'))
    .filter((file) => !file.endsWith('/README.md'))
    .toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }))

/** A link of the list. The README of a folder of `docs` brings the pages of the folder along. */
function entryOf(text: string, href: string): Entry {
  const target = readLink(index, href)
  if (target.kind !== 'file' || target.folder) throw new Error(`${index}: ${href} is no page`)
  const own = entry(text.charAt(0).toUpperCase() + text.slice(1), target.file)
  const folder = /^(docs\/.+)\/README\.md$/.exec(target.file)?.[1]
  if (folder === undefined) return own
  return { ...own, collapsed: true, items: filesIn(folder).map((file) => entry(titleOf(file), file)) }
}

/** The groups of the list in docs/README.md: what a reader on GitHub sees is what the sidebar shows. */
function groupsOfList(): Entry[] {
  const groups: Entry[] = []
  for (const line of read(index).split('\n')) {
    const heading = /^## (.+)$/.exec(line)?.[1]
    if (heading !== undefined) {
      // A group without a link of its own is a button around a button.
      const link = `${entry('', index).link}#${anchorOf(heading)}`
      groups.push({ text: heading, link, collapsed: groups.length >= openGroups, items: [] })
    }
    if (line.startsWith('- '))
      for (const [, text = '', href = ''] of line.matchAll(/\[([^\]]+)\]\(([^)]+)\)/g))
        groups.at(-1)?.items?.push(entryOf(text.replaceAll('`', ''), href))
  }
  groups[0]?.items?.push(entry('All pages', index))
  return groups
}

/** One entry for each entry point of a package, its names below it. */
function apiEntries(): Entry[] {
  const files = globSync('api/**/*.md', { cwd: path.join(root, generated) })
    .map((file) => `${generated}/${file.split(path.sep).join('/')}`)
    .toSorted()
  const modules = files.filter((file) => file.endsWith('/index.md') && file !== `${generated}/api/index.md`)
  const moduleOf = (file: string): string | undefined =>
    modules
      .filter((module) => file.startsWith(module.slice(0, -'index.md'.length)))
      .toSorted((a, b) => b.length - a.length)[0]
  const membersOf = (module: string): Entry[] =>
    files
      .filter((file) => file !== module && moduleOf(file) === module)
      .map((file) => entry(path.posix.basename(file, '.md'), file))
      .toSorted((a, b) => a.text.localeCompare(b.text))
  return modules.map((module) =>
    Object.assign(entry(titleOf(module), module), { collapsed: true, items: membersOf(module) }),
  )
}

/** Changelogs are written by a release; nobody has to list them by hand. */
const changes = (): Entry[] =>
  globSync('packages/*/CHANGELOG.md', { cwd: root })
    .toSorted()
    .map((file) => entry(path.basename(path.dirname(file)), file.split(path.sep).join('/')))

/** Everything that the navigation holds, in groups. */
export function allEntries(): Entry[] {
  const groups = groupsOfList()
  const last = groups.pop()
  const logs = changes()
  if (last !== undefined && logs.length > 0) last.items?.push({ text: 'Changes', items: logs })
  const api = {
    ...entry('API', `${generated}/api/index.md`),
    collapsed: true,
    items: apiEntries(),
  }
  return [...groups, api, ...(last === undefined ? [] : [last])]
}

/** A copy in which only the entries of one part keep their own pages: three hundred links are no overview. */
const openOnly = (part: string, entries: readonly Entry[]): Entry[] =>
  entries.map(({ items, ...own }) =>
    items === undefined || (own.link !== undefined && own.link !== part)
      ? own
      : { ...own, ...(own.link === part && { collapsed: false }), items: openOnly(part, items) },
  )

/** The sidebar for each part of the site: the address of an entry with pages below it, and `/` for all others. */
export function sidebars(entries: readonly Entry[]): Record<string, Entry[]> {
  const below = entries.flatMap(({ items = [] }) => items).filter(({ items }) => items !== undefined)
  const parts = [...below.map(({ link }) => link), '/'].filter((link) => link !== undefined)
  return Object.fromEntries(
    parts.map((part) => [
      part,
      entries.map(({ items = [], ...group }) => ({ ...group, items: openOnly(part, items) })),
    ]),
  )
}

/** Pages that no entry leads to. */
export function unlisted(files: Iterable<string>, entries: readonly Entry[]): readonly string[] {
  const links = new Set<string | undefined>()
  const collect = (items: readonly Entry[]): void => {
    for (const item of items) {
      links.add(item.link)
      collect(item.items ?? [])
    }
  }
  collect(entries)
  return [...files].filter((file) => !links.has(entry('', file).link))
}
