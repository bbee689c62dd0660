import type { MarkdownRenderer } from 'vitepress'

type Token = ReturnType<MarkdownRenderer['parse']>[number]

/** From so many characters in one cell on, a table is text and not figures. */
const longCell = 40

/**
 * A table of text becomes a list of cards in a narrow window: each cell then says which column it is of. A style sheet does
 * that, and would take from a table that it is one, so the roles are written out. Tables of figures stay and scroll.
 */
export function labelCells(tokens: readonly Token[]): void {
  for (const [start, token] of tokens.entries()) {
    if (token.type !== 'table_open') continue
    const end = tokens.findIndex(({ type }, index) => index > start && type === 'table_close')
    const table = tokens.slice(start, end)
    if (table.some(({ type, content }) => type === 'inline' && content.length > longCell))
      labelTable(token, table)
  }
}

const roles: Readonly<Record<string, string>> = {
  table_open: 'table',
  thead_open: 'rowgroup',
  tbody_open: 'rowgroup',
  tr_open: 'row',
  th_open: 'columnheader',
  td_open: 'cell',
}

function labelTable(open: Token, table: readonly Token[]): void {
  open.attrJoin('class', 'of-text')
  const heads: string[] = []
  let column = 0
  for (const [index, token] of table.entries()) {
    const role = roles[token.type]
    // A corner without words was made a cell: see the rule for empty headings.
    if (role !== undefined) token.attrSet('role', token.tag === 'td' ? 'cell' : role)
    const text = table[index + 1]?.content.replaceAll('`', '') ?? ''
    if (token.type === 'tr_open') column = 0
    if (token.type === 'th_open') heads.push(text)
    if (token.type === 'td_open') token.attrSet('data-label', heads[column++] ?? '')
  }
}
