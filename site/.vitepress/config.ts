import path from 'node:path'

import { defineConfig } from 'vitepress'
import llms from 'vitepress-plugin-llms'

import { anchorOf } from '../src/anchors.ts'
import { descriptionOf } from '../src/description.ts'
import { headOf } from '../src/head.ts'
import { home } from '../src/home.ts'
import { prepareMarkdown } from '../src/markdown.ts'
import { allEntries, sidebars, unlisted } from '../src/navigation.ts'
import { addressOf, excluded, findPages, generated } from '../src/pages.ts'
import { read, repositoryUrl, siteUrl } from '../src/repository.ts'

const entries = allEntries()
const forgotten = unlisted(findPages().keys(), entries)
if (forgotten.length > 0)
  throw new Error(`No entry of the list in docs/README.md leads to ${forgotten.join(', ')}`)

export default defineConfig({
  title: 'Entraguard',
  description: 'Lets a TypeScript API accept Microsoft Entra ID access tokens.',
  lang: 'en',
  srcDir: '..',
  srcExclude: [...excluded],
  outDir: './dist',
  cacheDir: './.vitepress/cache',
  ignoreDeadLinks: 'localhostLinks',
  rewrites: (file) => addressOf(file) ?? file,
  metaChunk: true,
  head: [
    ['link', { rel: 'icon', href: `data:image/svg+xml,${encodeURIComponent(read('site/favicon.svg'))}` }],
  ],
  sitemap: { hostname: siteUrl },
  markdown: {
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
    anchor: { slugify: anchorOf },
    config: prepareMarkdown,
  },
  vite: {
    publicDir: path.join(import.meta.dirname, '../public'),
    plugins: [
      // llms.txt, and the Markdown of each page beside it.
      llms({ domain: siteUrl.replace(/\/$/, ''), injectLLMHint: false }),
      {
        // The pages stand outside this package; what their compiled form imports is found from here.
        name: 'vue-of-the-site',
        enforce: 'pre',
        resolveId(id, importer, options) {
          if (!/^vue(?:\/|$)/.test(id) || importer?.endsWith('.md') !== true) return undefined
          return this.resolve(id, import.meta.filename, { ...options, skipSelf: true })
        },
      },
    ],
    build: { chunkSizeWarningLimit: 2000 }, // the search index is one chunk
  },
  transformHead: ({ pageData, title, description }) => headOf(pageData, title, description),
  transformPageData(page) {
    page.description = descriptionOf(page.filePath) ?? `${page.title}: reference of an exported name.`
    if (page.filePath === 'docs/troubleshooting.md') page.frontmatter['pageClass'] = 'even-columns'
    if (page.filePath === 'README.md') Object.assign(page.frontmatter, home)
    if (page.filePath.startsWith(generated)) page.frontmatter['editLink'] = false
  },
  themeConfig: {
    logo: { light: '/logo-light.svg', dark: '/logo-dark.svg', alt: '' },
    sidebar: sidebars(entries),
    outline: [2, 3],
    nav: [
      { text: 'Documentation', link: '/overview' },
      { text: 'Errors', link: '/errors/' },
      { text: 'API', link: '/api/' },
      { text: 'GitHub', link: repositoryUrl },
    ],
    search: {
      provider: 'local',
      options: {
        detailedView: true,
        miniSearch: {
          searchOptions: {
            // A message pasted into the box finds its symptom first, and a code or a name its own page.
            boostDocument: (id: string) =>
              id.includes('/troubleshooting') ? 1.3 : id.includes('/api/') ? 0.7 : 1,
          },
        },
      },
    },
    notFound: { linkLabel: 'Take me home' },
    editLink: { pattern: `${repositoryUrl}/edit/main/:path`, text: 'Edit this page' },
    footer: { message: 'MIT licence' },
  },
})
