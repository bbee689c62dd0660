// What users install with the packages: every runtime dependency is in docs/dependencies.md with its reason, has a
// licence that asks for nothing but a notice, and runs nothing when it is installed. A package brings no more of them
// than its budget. And the lockfile: every package in it comes from the registry with a SHA-512 hash.
import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs'
import path from 'node:path'

import { root } from './tools.mjs'

const licences = new Set(['MIT', 'ISC', '0BSD', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0'])
const installScripts = ['preinstall', 'install', 'postinstall']
/** How many packages of others an installation of each brings along, peers apart. */
const budgets = {
  '@entraguard/core': 1,
  '@entraguard/azure-functions': 1,
  '@entraguard/downstream': 1,
  '@entraguard/express': 1,
  '@entraguard/fastify': 1,
  '@entraguard/hono': 1,
  '@entraguard/mcp': 1,
  '@entraguard/nestjs': 1,
  '@entraguard/next': 1,
  '@entraguard/opentelemetry': 1,
  '@entraguard/passport': 1,
  '@entraguard/emulator': 22,
  entraguard: 24,
}
const problems = []

const read = (file) => JSON.parse(readFileSync(file, 'utf8'))
const isOurs = (name) => name === 'entraguard' || name.startsWith('@entraguard/')

/** As Node finds it: in the next folder up that has it. */
function folderOf(name, from) {
  for (let folder = from; folder !== path.dirname(folder); folder = path.dirname(folder)) {
    const found = path.join(folder, 'node_modules', name)
    if (existsSync(path.join(found, 'package.json'))) return realpathSync(found)
  }
  return undefined
}

const direct = new Map()
const installed = new Map()

/** The folders of what a package needs, however far away, without packages of ours. */
function reach(from, reached = new Set()) {
  const { dependencies = {}, optionalDependencies = {} } = read(path.join(from, 'package.json'))
  for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
    const folder = folderOf(name, from)
    if (folder === undefined || reached.has(folder)) continue
    reached.add(folder)
    reach(folder, reached)
  }
  return reached
}

function install(name, from, by) {
  const folder = folderOf(name, from)
  if (folder === undefined) return problems.push(`${name}, for ${by}, is not installed`)
  if (installed.has(folder)) return
  const {
    version,
    license,
    scripts = {},
    dependencies = {},
    optionalDependencies = {},
  } = read(path.join(folder, 'package.json'))
  installed.set(folder, { name, version, license, by })
  if (!licences.has(license)) problems.push(`${name} ${version}, for ${by}: licence ${license}`)
  for (const script of installScripts)
    if (script in scripts) problems.push(`${name} ${version}, for ${by}, runs a script in ${script}`)
  for (const dependency of Object.keys({ ...dependencies, ...optionalDependencies }))
    install(dependency, folder, name)
}

for (const folder of readdirSync(path.join(root, 'packages')).toSorted()) {
  const at = path.join(root, 'packages', folder)
  const {
    name,
    dependencies = {},
    optionalDependencies = {},
    peerDependencies = {},
  } = read(path.join(at, 'package.json'))
  const note = (dependency) => direct.set(dependency, [...(direct.get(dependency) ?? []), name])
  for (const dependency of Object.keys({ ...dependencies, ...optionalDependencies })) {
    if (isOurs(dependency)) continue
    note(dependency)
    install(dependency, realpathSync(at), name)
  }
  const others = [...reach(realpathSync(at))].filter(
    (dependency) => !isOurs(read(path.join(dependency, 'package.json')).name),
  )
  if (!(others.length <= budgets[name]))
    problems.push(`${name} brings ${others.length} packages, its budget is ${budgets[name]}`)
  // A peer is the user's own choice; only the reason for it is ours.
  for (const dependency of Object.keys(peerDependencies)) note(dependency)
}

const page = 'docs/dependencies.md'
const listed = new Set(
  [...readFileSync(path.join(root, page), 'utf8').matchAll(/^\| `([^`]+)`/gm)].map(([, name]) => name),
)
const known = new Set([...direct.keys(), ...[...installed.values()].map(({ name }) => name)])
for (const name of known) if (!listed.has(name)) problems.push(`${page} does not say why ${name} is there`)
for (const name of listed)
  if (!known.has(name)) problems.push(`${page} lists ${name}, which nothing depends on`)

/** The entries of a lockfile: `name@version:` with its resolution in the next lines. */
const lock = readFileSync(path.join(root, 'pnpm-lock.yaml'), 'utf8')
const packages = lock.slice(lock.indexOf('\npackages:\n'), lock.indexOf('\nsnapshots:\n'))
const entries = [...packages.matchAll(/^ {2}(\S.*):\n {4}resolution: (.*)$/gm)]
for (const [, entry, resolution] of entries)
  if (!/^\{integrity: sha512-[A-Za-z0-9+/]{86}==\}$/.test(resolution))
    problems.push(`pnpm-lock.yaml: ${entry} has ${resolution}`)
const names = packages.match(/^ {2}\S/gm)?.length ?? 0
if (entries.length === 0 || entries.length !== names)
  problems.push(`pnpm-lock.yaml: ${names} packages, ${entries.length} of them with a resolution`)

const counted = [...new Set([...installed.values()].map(({ license }) => String(license)))]
console.log(
  `${installed.size} runtime dependencies (${counted.join(', ')}), ${entries.length} packages in the lockfile`,
)
for (const problem of problems) console.error(problem)
process.exitCode = problems.length === 0 ? 0 : 1
