import { existsSync, globSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'

import { expect, test } from 'vitest'

const root = path.join(import.meta.dirname, '..')
const pages = globSync(['*.md', 'docs/**/*.md', 'packages/*/README.md', 'templates/*/README.md'], {
  cwd: root,
})

/** Without code: an example may show brackets that are no link. */
const textOf = (page: string): string =>
  readFileSync(path.join(root, page), 'utf8').replaceAll(/^```[\s\S]*?^```$|`[^`\n]*`/gm, (code) =>
    code.startsWith('```') ? '' : code.slice(1, -1).replaceAll(/[[\]]/g, ''),
  )

/** The anchors that GitHub gives to headings. */
const anchorsOf = (page: string): string[] =>
  [...textOf(page).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .replaceAll(/\]\([^)]*\)|[[\]]/g, '')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )

interface Link {
  readonly target: string
  readonly anchor: string | undefined
}

const linksOf = (page: string): Link[] =>
  [...textOf(page).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, address = '']) => address)
    .filter((address) => !/^\w+:/.test(address))
    .map((address) => {
      const [file = '', anchor] = address.split('#')
      return { target: file === '' ? page : path.join(path.dirname(page), file), anchor }
    })

test.each(pages)('%s: every link leads somewhere', (page) => {
  const broken = linksOf(page).filter(({ target, anchor }) => {
    if (!existsSync(path.join(root, target))) return true
    if (anchor === undefined) return false
    const file = statSync(path.join(root, target)).isDirectory() ? path.join(target, 'README.md') : target
    return !anchorsOf(file).includes(anchor)
  })
  expect(broken).toEqual([])
})

test('every page of docs is reached from docs/README.md', () => {
  const start = path.join('docs', 'README.md')
  const linked = new Set(linksOf(start).map(({ target }) => target))
  const lost = globSync('docs/*.md', { cwd: root }).filter((page) => page !== start && !linked.has(page))
  expect(lost).toEqual([])
})

test.each(pages)('%s: all TypeScript comes from files that are compiled', (page) => {
  const lines = readFileSync(path.join(root, page), 'utf8').split('\n')
  const loose = lines.filter(
    (line, index) =>
      /^```(?:ts|tsx|typescript)$/.test(line) && !lines[index - 2]?.startsWith('<!-- snippet: '),
  )
  expect(loose).toEqual([])
})

const samples = globSync('apps/*/{app,lib,src}/**/*.{ts,tsx}', { cwd: root })
const blocksOf = (file: string): string[] => {
  const text = readFileSync(path.join(root, file), 'utf8')
  return file.endsWith('.md') ? (text.match(/^```ts\n[\s\S]*?^```$/gm) ?? []) : [text]
}

test.each([...pages, ...samples])(
  '%s: what production runs does not import the emulator when it starts',
  (file) => {
    // A test may, and a program that is about the emulator.
    const application = blocksOf(file).filter((code) => !/\btest\(|createEmulator(?:From)?\(/.test(code))
    const loaded = application.filter((code) => /^import .*'@entraguard\/emulator/m.test(code))
    expect(loaded).toEqual([])
  },
)
