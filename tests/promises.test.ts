import { readFileSync } from 'node:fs'
import path from 'node:path'

import { describe, expect, it } from 'vitest'

const docs = path.join(import.meta.dirname, '../docs')
const read = (file: string): string => readFileSync(path.resolve(docs, file), 'utf8')

/** The rows of the tables of docs/promises.md: what is promised, in which file, by which words in it. */
const promises = read('promises.md')
  .split('\n')
  .filter((line) => line.startsWith('| ') && !/^\| (?:-+|promise +) \|/.test(line))
  .map((line) => {
    const [, promise, file, name] = /^\| (.+?) +\| \[[^\]]+\]\(([^)]+)\): `(.+)` +\|$/.exec(line) ?? []
    return { line, promise, file, name }
  })

describe('the promises of docs/promises.md', () => {
  it('are in tables of which each row names a file and a test', () => {
    expect(promises.length).toBeGreaterThan(30)
    expect(promises.filter(({ name }) => name === undefined).map(({ line }) => line)).toEqual([])
  })

  it.each(promises)('$promise', ({ file = '', name = '' }) => {
    expect(read(file)).toContain(name)
  })
})

describe('what may stand in a log', () => {
  it('is said in the same words to users and to those who report a vulnerability', () => {
    const rule = /^## What may stand in a log\n\n(.+?)\n\n(?=#|$)/ms
    const [, toUsers = ''] = rule.exec(`${read('security.md')}\n\n`) ?? []
    const [, toReporters] = rule.exec(`${read('../SECURITY.md')}\n\n`) ?? []
    expect(toUsers).toContain('details')
    expect(toReporters).toBe(toUsers)
  })
})
