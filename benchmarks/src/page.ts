import { cellsOf } from './charts/tables.ts'
import { toMarkdown, verdict, type Section } from './report.ts'

const targets = 'Targets'

/**
 * The page with these sections in the place of their namesakes; a new one before the last. Each says where it was
 * measured, because the rest of the page is of another run.
 */
export function withSections(page: string, made: readonly Section[], place: string): string {
  const [head = '', ...chapters] = page.split(/^(?=## )/m)
  const texts = new Map(chapters.map((text) => [titleOf(text), text]))
  const last = [...texts.keys()].at(-1) ?? ''
  const end = texts.get(last)
  for (const section of made) {
    const isNew = !texts.has(section.title)
    // To the end, and the last one behind it.
    if (isNew) texts.delete(last)
    texts.set(
      section.title,
      `${toMarkdown({ ...section, text: `${section.text}\n\nMeasured alone: ${place}` })}\n`,
    )
    if (isNew && end !== undefined) texts.set(last, end)
  }
  const goals = texts.get(targets)
  if (goals !== undefined) texts.set(targets, `${toMarkdown(withTargets(goals, made))}\n`)
  return `${head}${[...texts.values()].join('')}`.trimEnd() + '\n'
}

const titleOf = (text: string): string => /^## (.*)/.exec(text)?.[1] ?? ''

/** The table of targets, with the rows of these sections renewed. */
function withTargets(text: string, made: readonly Section[]): Section {
  const [head = [], , ...rows] = text
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map(cellsOf)
  const byCase = new Map(rows.map((row) => [row[0], row]))
  for (const { what, target, measured, isMet } of made.flatMap((section) => section.targets ?? []))
    byCase.set(what, [what, target, measured, verdict(isMet)])
  const introduction = text.split('\n').slice(1).join('\n').split('\n|')[0]?.trim() ?? ''
  const note = 'A section that says "Measured alone" comes from a run of its own.'
  const said = introduction.includes(note) ? introduction : `${introduction} ${note}`
  return { title: targets, text: said, head, rows: [...byCase.values()] }
}
