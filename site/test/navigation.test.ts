import { describe, expect, it } from 'vitest'

import { linkOnSite, readLink } from '../src/links.ts'
import { allEntries, unlisted } from '../src/navigation.ts'
import { findPages, generated } from '../src/pages.ts'
import { repositoryUrl } from '../src/repository.ts'

describe('the site', () => {
  it('has an entry in the list of docs/README.md for every page', () => {
    const written = [...findPages().keys()].filter((file) => !file.startsWith(`${generated}/`))
    expect(unlisted(written, allEntries())).toEqual([])
  })

  it('notices a page that is in no list', () => {
    expect(unlisted(['docs/keys.md', 'docs/forgotten.md'], allEntries())).toEqual(['docs/forgotten.md'])
  })

  it('has a name for every entry and lists no page twice', () => {
    const names: string[] = []
    const links: string[] = []
    const collect = (entries: ReturnType<typeof allEntries>): void => {
      for (const { text, link, items = [] } of entries) {
        names.push(text)
        if (link !== undefined) links.push(link)
        collect(items)
      }
    }
    collect(allEntries())
    expect(names.filter((name) => name.trim() === '')).toEqual([])
    expect(links.filter((link, index) => links.indexOf(link) !== index)).toEqual([])
  })

  it('turns links of GitHub into its pages, and what is no page into the repository', () => {
    expect(linkOnSite('docs/README.md', 'keys.md#rotation')).toBe('/keys.md#rotation')
    expect(linkOnSite('packages/core/README.md', '../nestjs')).toBe('/packages/nestjs.md')
    expect(linkOnSite('README.md', 'docs')).toBe('/overview.md')
    expect(linkOnSite('README.md', 'LICENSE')).toBe(`${repositoryUrl}/blob/main/LICENSE`)
    expect(linkOnSite('docs/express.md', '../templates/adapter/README.md')).toBe(
      `${repositoryUrl}/blob/main/templates/adapter/README.md`,
    )
    expect(linkOnSite('docs/README.md', '../tests/hostile')).toBe(`${repositoryUrl}/tree/main/tests/hostile`)
    expect(linkOnSite('docs/README.md', 'https://example.com/a')).toBe('https://example.com/a')
  })

  it.each([
    ['keys', 'does not exist'],
    ['missing.md', 'does not exist'],
    ['../../etc/passwd', 'does not exist'],
    ['/docs/keys.md', 'is not relative'],
    ['http://example.com', 'is no https address'],
    ['mailto:a@b.test', 'is no https address'],
    ['//example.com', 'is no https address'],
  ])('is not built with a link to %s', (href, reason) => {
    expect(() => readLink('docs/README.md', href)).toThrow(reason)
  })
})
