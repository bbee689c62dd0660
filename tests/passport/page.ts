import type { Row } from './behaviours/row.ts'

export type Section = readonly [title: string, rows: readonly Row[]]

/** A table as the formatter of the repository writes it. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows]
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0), 3))
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  return [line(head), `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...rows.map(line)].join(
    '\n',
  )
}

const introduction = (same: number, different: number): string => `# passport-azure-ad, row by row

This page compares passport-azure-ad 4.3.5 with [@entraguard/passport](../packages/passport/README.md) when both get the same
options. Of ${same + different} behaviours, ${same} are the same. In every test run, each row is tried with both packages, with real tokens of the
emulator, at Microsoft's addresses, behind Passport on Express. The tests in [tests/passport](../tests/passport) generate this
page.

A number is the status of the answer. \`refused\` means that the constructor throws.`

/** The page of the documentation that says what is the same and what differs. */
export function behavioursPage(sections: readonly Section[]): string {
  const rows = sections.flatMap(([, each]) => each)
  const different = rows.filter((row) => 'is' in row).length
  return [
    introduction(rows.length - different, different),
    ...sections.flatMap(([title, each]) => [
      `## ${title}`,
      table(
        ['what happens', 'passport-azure-ad', 'here', 'why'],
        each.map((row) => [
          row.does,
          String(row.was),
          'is' in row ? String(row.is) : 'same',
          'is' in row ? row.why : '',
        ]),
      ),
    ]),
    '',
  ]
    .join('\n\n')
    .replace(/\n+$/, '\n')
}
