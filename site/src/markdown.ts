import path from 'node:path'

import type { MarkdownRenderer } from 'vitepress'
import { tabsMarkdownPlugin } from 'vitepress-plugin-tabs'

import { linkOnSite } from './links.ts'
import { root } from './repository.ts'
import { labelCells } from './tables.ts'
import { withTabs } from './tabs.ts'

/** Which file is being rendered; `realPath` is there for a page, and not where the search index is made. */
interface Environment {
  readonly path: string
  readonly realPath?: string
}

const isHome = ({ realPath }: Environment): boolean => realPath === path.join(root, 'README.md')

/** The home page says above the README what its heading says, and all that comes before the code. */
const withoutIntroduction = (readme: string): string =>
  readme.replace(/^(# .*\n)[^]*?(?=^<details name="framework")/m, '$1\n')

/** Makes pages of Markdown that was written to be read on GitHub. */
export function prepareMarkdown(md: MarkdownRenderer): void {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- VitePress has the same markdown-it with older types
  md.use(tabsMarkdownPlugin as unknown as (renderer: MarkdownRenderer) => void)
  md.core.ruler.before('normalize', 'tabs-of-details', (state) => {
    state.src = withTabs(isHome(state.env) ? withoutIntroduction(state.src) : state.src)
  })
  md.core.ruler.push('links-of-the-repository', (state) => {
    const { path: address, realPath = address }: Environment = state.env
    const file = path.relative(root, realPath).split(path.sep).join('/')
    for (const token of state.tokens.flatMap(({ children }) => children ?? [])) {
      const href = token.type === 'link_open' ? token.attrGet('href') : null
      if (href !== null) token.attrSet('href', linkOnSite(file, href))
    }
  })
  md.core.ruler.push('heading-of-home', (state) => {
    if (isHome(state.env) && state.tokens[0]?.tag === 'h1') state.tokens.splice(0, 3)
  })
  // The empty corner of a table is no heading.
  md.core.ruler.push('empty-headings', (state) => {
    for (const [index, token] of state.tokens.entries()) {
      const content = state.tokens[index + 1]
      if (token.type !== 'th_open' || content?.content !== '') continue
      token.tag = 'td'
      const close = state.tokens[index + 2]
      if (close !== undefined) close.tag = 'td'
    }
  })
  md.core.ruler.push('cells-with-labels', (state) => labelCells(state.tokens))
  // With the attributes of the rule above; wide ones scroll, by the keyboard too.
  md.renderer.rules['table_open'] = (tokens, index, options, _env, self) => {
    tokens[index]?.attrSet('tabindex', '0')
    return self.renderToken(tokens, index, options)
  }
  // What looks like a template of Vue is text in these files.
  const { text } = md.renderer.rules
  md.renderer.rules.text = (...args) =>
    (text?.(...args) ?? '').replaceAll('{{', '&#123;&#123;').replaceAll('}}', '&#125;&#125;')
}
