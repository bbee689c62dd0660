import { existsSync } from 'node:fs'
import path from 'node:path'

import { describe, expect, it } from 'vitest'

import { siteUrl } from '../src/repository.ts'
import { built, out } from './built.ts'
import { addressesIn } from './visits.ts'

/** Tests of what machines read of a site that is built already. */
export function describeMetadata(): void {
  describe('what machines read', () => {
    it('is what every page is about, for search engines and shared links', () => {
      const described = addressesIn(out)
        .filter((address) => address !== '404.html')
        .map((address) => {
          const html = built(address.replace(/(^|\/)$/, '$1index.html'))
          return [address, /<meta name="description" content="([^"]*)">/.exec(html)?.[1] ?? ''] as const
        })
      expect(described.length).toBeGreaterThan(300)
      const wrong = described.filter(([, text]) => text.length < 20 || text.length > 300)
      expect(wrong).toEqual([])
      for (const tag of [
        `<link rel="canonical" href="${siteUrl}keys.html">`,
        '<meta property="og:title" content="Keys: rotation, outages and the shared store | Entraguard">',
        `<meta property="og:url" content="${siteUrl}keys.html">`,
        `<meta property="og:image" content="${siteUrl}card.png">`,
      ])
        expect(built('keys.html')).toContain(tag)
      expect(existsSync(path.join(out, 'card.png'))).toBe(true)
    })

    it('is a site map with every page', () => {
      const listed = [...built('sitemap.xml').matchAll(/<loc>([^<]+)<\/loc>/g)].map(([, url = '']) => url)
      const pages = addressesIn(out).filter((address) => address !== '404.html')
      expect(listed.toSorted()).toEqual(pages.map((address) => siteUrl + address).toSorted())
    })

    it('is llms.txt, and the Markdown of every page that it lists', () => {
      const listed = [...built('llms.txt').matchAll(/\]\(([^)]+\.md)\)/g)].map(([, url = '']) => url)
      expect(listed.length).toBeGreaterThan(100)
      expect(listed.filter((url) => !url.startsWith(siteUrl))).toEqual([])
      const missing = listed.filter((url) => !existsSync(path.join(out, url.slice(siteUrl.length))))
      expect(missing).toEqual([])
      expect(built('keys.md')).toContain('## How keys are kept')
    })
  })
}
