import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'

import { expect, test } from 'vitest'

const root = path.join(import.meta.dirname, '..')
const textOf = (file: string): string => readFileSync(path.join(root, file), 'utf8')

/** What makes a line ours in the example of a package, and what makes it one of a route. */
const doors = [
  { name: 'Express', file: 'express', ours: /@entraguard\/express|entraGuard\(|requireAccess\(/ },
  {
    name: 'Fastify',
    file: 'fastify',
    ours: /@entraguard\/fastify|register\(entraGuard|config: \{ access: \{/,
  },
  { name: 'Azure Functions', file: 'azure-functions', ours: /@entraguard\/azure-functions|withEntraGuard\(/ },
  { name: 'Hono', file: 'hono', ours: /@entraguard\/hono|entraGuard\(|requireAccess\(/ },
]
const ofARoute = /requireAccess\(|config: \{ access|withEntraGuard\(/

test.each(doors)('$name: the page counts the lines that its example has', ({ name, file, ours }) => {
  const lines = textOf(`tests/examples/${file}.ts`)
    .split('\n')
    .filter((line) => ours.test(line))
  const routes = lines.filter((line) => ofARoute.test(line) && !line.startsWith('import'))
  const row = textOf('docs/coming-from.md')
    .split('\n')
    .find((line) => line.startsWith(`| ${name} `))
  const [, , guard, route] = row?.split('|').map((cell) => cell.trim()) ?? []
  expect(routes.length).toBeGreaterThan(0)
  expect({ guard, route }).toStrictEqual({ guard: String(lines.length - routes.length), route: '1' })
})

test('the README names every package', () => {
  const readme = textOf('README.md')
  const packages = globSync('packages/*/package.json', { cwd: root }).map((file) => path.dirname(file))
  expect(packages.filter((folder) => !readme.includes(`](${folder})`))).toStrictEqual([])
})
