import { readFileSync } from 'node:fs'
import path from 'node:path'

import { optionsSchema } from '../src/directory/option-shapes.ts'

type Schema = Readonly<Record<string, unknown>>

interface Member {
  readonly description: string
  /** The interface of its value, or of what it is a list of. */
  readonly holds: string | undefined
}

const source = readFileSync(path.join(import.meta.dirname, '../src/directory/options.ts'), 'utf8')

const toText = (comment: string): string =>
  comment
    .replace(/\n\s*\* ?/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()

/** The members of an interface of the options and of those that it extends, with their docstrings. */
function membersOf(name: string): ReadonlyMap<string, Member> {
  const found = new RegExp(`export interface ${name}(?: extends (\\w+))? \\{\\n([\\s\\S]*?)\\n\\}`).exec(
    source,
  )
  const [, parent, body = ''] = found ?? []
  const inherited = parent === undefined ? [] : membersOf(parent)
  const own = [...body.matchAll(/(?:\/\*\*([\s\S]*?)\*\/\s*)?readonly (\$?\w+)\??:\s+([^\n]+)/g)].map(
    ([, comment = '', member = '', type = '']): [string, Member] => [
      member,
      { description: toText(comment), holds: /\b(\w+Options)\b/.exec(type)?.[1] },
    ],
  )
  return new Map([...inherited, ...own])
}

const isSchema = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The same schema, with what the docstrings say of each member. */
function described(schema: Schema, name: string): Schema {
  const { properties, items, anyOf } = schema
  const inner = (value: unknown): unknown => (isSchema(value) ? described(value, name) : value)
  const members = membersOf(name)
  return {
    ...schema,
    ...(items !== undefined && { items: inner(items) }),
    ...(Array.isArray(anyOf) && { anyOf: anyOf.map(inner) }),
    ...(isSchema(properties) && {
      properties: Object.fromEntries(
        Object.entries(properties)
          // JSON has no functions.
          .filter(([member]) => member !== 'now')
          .map(([member, value]) => {
            const { description = '', holds } = members.get(member) ?? {}
            const own = holds === undefined || !isSchema(value) ? value : described(value, holds)
            return [member, isSchema(own) && description !== '' ? { description, ...own } : own]
          }),
      ),
    }),
  }
}

/** The schema of a configuration file, as the package ships it. */
export const configurationSchema = (): Schema => ({
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'Configuration of the Entraguard emulator',
  ...described(optionsSchema, 'EmulatorOptions'),
})
