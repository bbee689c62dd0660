import type { HeadConfig, PageData } from 'vitepress'

import { siteUrl } from './repository.ts'

/** Where a page stands once it is published. */
const addressOf = (page: PageData): string =>
  new URL(
    page.relativePath.replace(/(?:(^|\/)index)?\.md$/, (_, slash?: string) => slash ?? '.html'),
    siteUrl,
  ).href

const property = (name: string, content: string): HeadConfig => ['meta', { property: name, content }]

/** How a page looks where a link to it is shared (https://ogp.me), and which of its addresses counts. */
export function headOf(page: PageData, title: string, description: string): HeadConfig[] {
  return [
    ['link', { rel: 'canonical', href: addressOf(page) }],
    property('og:type', page.relativePath === 'index.md' ? 'website' : 'article'),
    property('og:site_name', 'Entraguard'),
    property('og:title', title),
    property('og:description', description),
    property('og:url', addressOf(page)),
    property('og:image', new URL('card.png', siteUrl).href),
    property('og:image:alt', 'Entraguard: Microsoft Entra ID access tokens in any TypeScript API'),
    ['meta', { name: 'twitter:card', content: 'summary_large_image' }],
  ]
}
