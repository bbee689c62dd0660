import { readdirSync, readFileSync } from 'node:fs'

import { describe, expect, it } from 'vitest'

import { errorCatalogue } from '../../src/index.ts'

const folder = new URL('../../../../docs/errors/', import.meta.url)
const page = (name: string): string => readFileSync(new URL(name, folder), 'utf8')
const codes = Object.entries(errorCatalogue)

describe('docs/errors', () => {
  it('has a page for each code of the catalogue, a list of them, and no other', () => {
    const expected = ['README.md', ...codes.map(([code]) => `${code}.md`)]
    expect(readdirSync(folder).toSorted()).toEqual(expected.toSorted())
  })

  it.each(codes)('%s: what happened, why, what to do', (code, { step, status }) => {
    const text = page(`${code}.md`)
    expect(text).toMatch(new RegExp(`^# ${code}\n`))
    // The answer to a claims challenge is 401 for some clients, so the line may name two.
    expect(text).toMatch(new RegExp(`^Step \`${step}\`, status .*${status}`, 'm'))
    const [, happened = '', why = '', act = ''] = text.split(/^## .*$/m)
    expect([...text.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading)).toEqual([
      'What happened',
      'Why',
      'What to do',
    ])
    for (const part of [happened, why, act]) expect(part.trim().length).toBeGreaterThan(40)
    for (const [, target = ''] of text.matchAll(/\]\(([^)#:]+)\)/g)) expect(page(target)).not.toBe('')
  })
})
