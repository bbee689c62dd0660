import type { ExplainedClaim } from './claim-rows.ts'
import type { Finding } from './finding.ts'
import { printable } from './printable.ts'

/** A value longer than this is cut in the text; the tables show it in full. */
const longestValue = 400

/** Everything for people, in plain text, without colours. Safe to print on a terminal. */
export function toText(
  summary: string,
  findings: readonly Finding[],
  header: readonly ExplainedClaim[],
  claims: readonly ExplainedClaim[],
): string {
  return [summary, ...findings.map(findingText), tableText('Header', header), tableText('Claims', claims)]
    .filter((block) => block !== '')
    .join('\n\n')
}

function findingText({ severity, id, seen, meaning, advice, link }: Finding): string {
  return [
    `${severity.toUpperCase()} ${id}: ${seen}`,
    `  What it means: ${meaning}`,
    `  What to do:    ${advice}`,
    `  More:          ${link}`,
  ].join('\n')
}

function tableText(title: string, rows: readonly ExplainedClaim[]): string {
  if (rows.length === 0) return ''
  return [title, ...rows.map(rowText)].join('\n')
}

function rowText({ name, value, meaning, safety, localDate, relative }: ExplainedClaim): string {
  const json = JSON.stringify(value)
  const shown = printable(json.length > longestValue ? `${json.slice(0, longestValue)}…` : json)
  const when = localDate === undefined ? '' : ` = ${localDate}, ${relative}`
  return `  ${printable(name.slice(0, 100))}: ${shown}${when}\n      ${safety}. ${meaning}`
}
