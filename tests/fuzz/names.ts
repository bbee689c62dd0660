import * as fc from 'fast-check'

import { JsonError, parseJson, parseStrictObject } from '../../packages/core/src/token/strict-json.ts'
import { plain, readJson, WrittenObject } from '../../packages/core/test/support/json-reader.ts'
import { applyEdits, edits, type Edit } from './inputs.ts'
import { promise, target, type Target } from './target.ts'

/*
 * Member names in every spelling, on an engine that may be misled before: V8 may read an escaped name as the beginning
 * of its spelling, once an object of the same shape with such a name was made (nodejs/node#63785). What core reads is
 * compared with what a reader of the tests makes of the same text.
 */

/** A value, with the spelling of its names. Objects are lists of members, so that a name can stand twice. */
type Tree = string | number | boolean | null | { readonly list: readonly Tree[] } | SpelledObject

interface SpelledObject {
  readonly members: readonly SpelledMember[]
}

interface SpelledMember {
  readonly name: string
  /** Bit by bit, whether a character is written as an escape though it need not be. */
  readonly escapes: number
  readonly value: Tree
}

interface Input {
  readonly tree: SpelledObject
  /** So many lists around each value of the outermost object. */
  readonly depth: number
  readonly edits: readonly Edit[]
}

const deciding = ['tid', 'aud', 'kid', 'roles']
const decidingNames: ReadonlySet<string> = new Set(deciding)
const name = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom(...deciding, 'TID', 'a', 'b', 'cnf', '__proto__', 'toString', '0'),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom('café', 'a+b', 'a&b', '"', '\\', '\\u0', '\n', '', '😀', '\uD800'),
  },
  { weight: 1, arbitrary: fc.string({ maxLength: 6, unit: 'binary' }) },
)
const escapes = fc.oneof(fc.constant(0), fc.constantFrom(1, 2, 4, 63), fc.nat(63))

const { object } = fc.letrec<{ value: Tree; list: Tree; object: SpelledObject }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    { weight: 4, arbitrary: fc.constantFrom<Tree>('T', '\u0001"\\', 1, -0.5, true, null) },
    { weight: 1, arbitrary: tie('list') },
    { weight: 2, arbitrary: tie('object') },
  ),
  list: fc.record({ list: fc.array(tie('value'), { maxLength: 3 }) }),
  object: fc.record({
    members: fc.array(fc.record({ name, escapes, value: tie('value') }), { maxLength: 5 }),
  }),
}))

/** Writes JSON. As `poison` each escaped name is the beginning of its own spelling: what a faulty engine reads it as. */
function write(tree: Tree, asPoison: boolean): string {
  if (typeof tree !== 'object' || tree === null) return JSON.stringify(tree)
  if ('list' in tree) return `[${tree.list.map((item) => write(item, asPoison)).join(',')}]`
  const members = tree.members.map((member) => {
    const spelled = spell(member)
    const isEscaped = spelled.includes('\\')
    const shown =
      asPoison && isEscaped ? JSON.stringify(spelled.slice(0, member.name.length)) : `"${spelled}"`
    return `${shown}:${write(member.value, asPoison)}`
  })
  return `{${members.join(',')}}`
}

function within(lists: number, tree: Tree): Tree {
  return lists === 0 ? tree : { list: [within(lists - 1, tree)] }
}

function spell({ name: text, escapes: bits }: SpelledMember): string {
  return text
    .split('')
    .map((unit, index) => ((bits >> (index % 6)) & 1 ? escapeOf(unit) : JSON.stringify(unit).slice(1, -1)))
    .join('')
}

function escapeOf(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** How often the engine's own JSON.parse read something else: none on an engine without the fault. */
export const engine = { misreadings: 0 }

function byEngine(text: string): string | undefined {
  try {
    return JSON.stringify(JSON.parse(text))
  } catch {
    return undefined
  }
}

function byCore(
  text: string,
  read: (text: string) => unknown,
): { readonly said: string; readonly json?: string } {
  try {
    return { said: 'read', json: JSON.stringify(read(text)) }
  } catch (error) {
    if (error instanceof JsonError) return { said: error.message.replace(/"\w+"/, '"…"') }
    throw error
  }
}

const notJson = 'is not JSON'
const tooDeep = 'nests deeper than 32 levels'

/** What strict reading has to say of a text, by the reader of the tests. */
function verdictOn(text: string): { readonly said: string; readonly json?: string; readonly loose?: string } {
  const reading = readJson(text)
  if (reading === undefined) return { said: notJson }
  const { value, depth } = reading
  if (depth > 32) return { said: tooDeep }
  const json = JSON.stringify(plain(value))
  if (!(value instanceof WrittenObject)) return { said: 'is not a JSON object', loose: json }
  const written = value.members.map(([member]) => member)
  const twice = written.find((member, index) => written.indexOf(member) < index)
  if (twice !== undefined)
    return { said: decidingNames.has(twice) ? 'names "…" twice' : 'names a member twice', loose: json }
  const hasTwin = written.some(
    (member) => member !== member.toLowerCase() && decidingNames.has(member.toLowerCase()),
  )
  if (hasTwin) return { said: 'has a member that differs from "…" in case only', loose: json }
  return { said: 'read', json, loose: json }
}

export const names: Target = target<Input>({
  name: 'names',
  inputs: fc.record({
    tree: object,
    depth: fc.oneof({ weight: 20, arbitrary: fc.constant(0) }, fc.nat(40)),
    edits,
  }),
  async run({ tree: { members }, depth, edits: changes }) {
    const tree = { members: members.map((member) => ({ ...member, value: within(depth, member.value) })) }
    const poison = write(tree, true)
    byEngine(poison)
    byCore(poison, parseJson)
    const text = applyEdits(write(tree, false), changes)
    const { loose, ...right } = verdictOn(text)
    const strict = byCore(text, (json) => parseStrictObject(json, decidingNames))
    // The depth is looked at first, so a text that is not JSON may be called too deep.
    const isSaid = strict.said === right.said || (right.said === notJson && strict.said === tooDeep)
    promise(isSaid, `strict reading says "${strict.said}" in place of "${right.said}"`)
    promise(strict.json === right.json, `strict reading gives ${strict.json} in place of ${right.json}`)
    const simple = byCore(text, parseJson)
    promise(simple.json === loose, `reading gives ${simple.json} in place of ${loose}`)
    if (loose !== undefined && byEngine(text) !== loose) engine.misreadings++
    return right.said
  },
})
