/** A table of a page, as it is written there. */
export interface Table {
  readonly head: readonly string[]
  readonly rows: ReadonlyArray<readonly string[]>
}

export const cellsOf = (line: string): readonly string[] =>
  line
    .slice(1, -1)
    .split('|')
    .map((cell) => cell.trim())

/** The first table below a heading. */
export function tableOf(page: string, title: string): Table {
  const [, ...chapters] = page.split(/^(?=## )/m)
  const chapter = chapters.find((text) => text.startsWith(`## ${title}\n`))
  const [head, , ...rows] = (chapter ?? '').split('\n').filter((line) => line.startsWith('|'))
  if (head === undefined || rows.length === 0) throw new Error(`there is no table below "${title}"`)
  return { head: cellsOf(head), rows: rows.map(cellsOf) }
}

/** The place of a column. */
export function columnOf({ head }: Table, name: string): number {
  const place = head.indexOf(name)
  if (place === -1) throw new Error(`there is no column "${name}"`)
  return place
}

/** The figure in a cell, without unit and thousands separators; undefined for a dash. */
export function figureIn(cell: string): number | undefined {
  const digits = /-?[\d,]*\.?\d+/.exec(cell)?.[0].replaceAll(',', '')
  return digits === undefined ? undefined : Number(digits)
}
