import { readFileSync } from 'node:fs'

import type { Span } from './draw.ts'

interface Timeline {
  readonly keys: ReadonlyArray<{ readonly kid: string }>
  /** Places in `keys`. */
  readonly documents: ReadonlyArray<readonly number[]>
  /** When it was observed, and the place in `documents`. */
  readonly moments: ReadonlyArray<readonly [string, number]>
}

/** When each key stood in the document, as it was observed: the record that core's tests replay. */
export function readKeySpans(): readonly Span[] {
  const file = new URL('../../../packages/core/test/fixtures/entra-common-key-timeline.json', import.meta.url)
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a file of this repository
  const { keys, documents, moments } = JSON.parse(readFileSync(file, 'utf8')) as Timeline
  // A key stands in the record once for each issuer that it was listed with.
  const kids = [...new Set(keys.map(({ kid }) => kid))]
  return kids.flatMap((kid) => {
    const spans: Span[] = []
    let from: Date | undefined
    for (const [time, place] of moments) {
      const isListed = documents[place]?.some((index) => keys[index]?.kid === kid) === true
      const at = new Date(time)
      if (isListed) from ??= at
      else if (from !== undefined) {
        spans.push({ row: kid.slice(0, 12), from, to: at })
        from = undefined
      }
    }
    const end = moments.at(-1)?.[0]
    if (from !== undefined && end !== undefined)
      spans.push({ row: kid.slice(0, 12), from, to: new Date(end) })
    return spans
  })
}
