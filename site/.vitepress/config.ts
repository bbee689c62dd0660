import { defineConfig } from 'vitepress'

import { anchorOf } from '../src/anchors.ts'
import { home } from '../src/home.ts'
import { prepareMarkdown } from '../src/markdown.ts'
import { allEntries, sidebars, unlisted } from '../src/navigation.ts'
import { addressOf, excluded, findPages, generated } from '../src/pages.ts'
import { repositoryUrl } from '../src/repository.ts'

const entries = allEntries()
const forgotten = unlisted(findPages().keys(), entries)
if (forgotten.length > 0)
  throw new Error(`No entry of the list in docs/README.md leads to ${forgotten.join(', ')}`)

const icon =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><path fill="#2563a8" d="M16 2 4 7v9c0 7 5 12 12 14 7-2 12-7 12-14V7z"/><path fill="none" stroke="#fff" stroke-width="3.5" d="m10 16 4.500 4.500L22.500 12"/></svg>'

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
  head: [['link', { rel: 'icon', href: `data:image/svg+xml,${encodeURIComponent(icon)}` }]],
  markdown: {
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
    anchor: { slugify: anchorOf },
    config: prepareMarkdown,
  },
  vite: {
    plugins: [
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
  transformPageData(page) {
    if (page.filePath === 'README.md') Object.assign(page.frontmatter, home)
    if (page.filePath.startsWith(generated)) page.frontmatter['editLink'] = false
  },
  themeConfig: {
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
