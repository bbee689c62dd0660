import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { readCorpus } from './corpus.ts'
import { targets } from './targets.ts'

describe.each(targets.map((target) => [target.name, target] as const))('fuzzing: %s', (name, target) => {
  it('keeps its promises for arbitrary input', async () => {
    const property = fc.asyncProperty(target.inputs, async (input) => {
      expect(await target.run(JSON.parse(JSON.stringify(input)))).toMatch(/./)
    })
    await fc.assert(property, { numRuns: 300 })
  })

  it('answers every input of the corpus as it did', async () => {
    const kept = readCorpus(name)
    expect(kept.length).toBeGreaterThan(1)
    const outcomes: string[] = []
    for (const { input } of kept) outcomes.push(await target.run(input))
    expect(outcomes).toEqual(kept.map(({ outcome }) => outcome))
  })
})
