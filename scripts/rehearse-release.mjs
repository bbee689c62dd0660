// pnpm release:rehearse: the release, as release.yml makes it, to a registry that ends with the process. Then the
// packages are installed from there into an empty folder, and an API made of them takes and refuses a token.
//
// Needs a build first, and the registry of the machine (or a warm npm cache) for the packages of others. Nothing can
// leave the machine: the commands get an empty home folder, so that they find no credentials.
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'

import { startRegistry } from './rehearsal/registry.mjs'
import { root, tool } from './tools.mjs'

const run = promisify(execFile)
const shell = process.platform === 'win32'
const manifests = readdirSync(path.join(root, 'packages')).map((folder) =>
  JSON.parse(readFileSync(path.join(root, 'packages', folder, 'package.json'), 'utf8')),
)
const names = manifests.map(({ name }) => name)
const [{ version }] = manifests

const problems = []
const expect = (fact, problem) => {
  if (!fact) problems.push(problem)
}

const folder = mkdtempSync(path.join(tmpdir(), 'entraguard-release-'))
// Not in the repository, where npm looks at devEngines first.
const ownConfig = async (key) =>
  (await run('npm', ['config', 'get', key], { cwd: folder, shell })).stdout.trim()
const registry = await startRegistry({ names, upstream: await ownConfig('registry') })

/** The environment without anything that could sign in anywhere. */
const environment = {
  ...Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^ACTIONS_|token|_auth|^p?npm_config/i.test(name)),
  ),
  HOME: folder,
  USERPROFILE: folder,
  npm_config_cache: await ownConfig('cache'),
  npm_config_registry: registry.url,
  pnpm_config_registry: registry.url,
}
// pnpm sends nothing without some token for the address; the registry here looks at none.
writeFileSync(
  path.join(folder, '.npmrc'),
  `registry=${registry.url}\n//${new URL(registry.url).host}/:_authToken=rehearsal\n`,
)

const [node, changesets] = tool('changeset')
async function changeset(...args) {
  const { stdout, stderr } = await run(node, [changesets, ...args], { cwd: root, env: environment })
  return stdout + stderr
}

/** What a tarball says of itself, after pnpm has replaced `workspace:` and `catalog:` by ranges. */
function checkPublished(name) {
  const { tags, versions } = registry.packages.get(name)
  const manifest = versions.get(version)?.manifest
  if (manifest === undefined) return problems.push(`${name} ${version} was not published`)
  expect(Object.values(tags).includes(version), `${name}: no tag leads to ${version}`)
  const { dependencies, peerDependencies, optionalDependencies, exports } = manifest
  const ranges = { ...dependencies, ...peerDependencies, ...optionalDependencies }
  expect(
    Object.values(ranges).every((range) => !/^(?:workspace|catalog|link|file):/.test(range)),
    `${name}: a range that only pnpm understands`,
  )
  expect(!JSON.stringify(exports).includes('@entraguard/source'), `${name}: exports lead to the source`)
  for (const [dependency, range] of Object.entries(ranges))
    // A caret accepts this version, a pre-release too, and everything up to the next major one.
    if (names.includes(dependency)) expect(range === `^${version}`, `${name}: ${dependency} ${range}`)
  console.log(`${name.padEnd(22)} ${version}  tags ${Object.keys(tags).join(', ')}`)
}

try {
  // What the jobs mode, pack and publish of release.yml do, in this order.
  const plan = path.join(folder, 'publish-plan.json')
  const packed = path.join(folder, 'packed')
  await changeset('publish-plan', '--output', plan)
  await changeset('pack', '--from-publish-plan', plan, '--out-dir', packed)
  await changeset('publish', '--from-pack-dir', packed, '--no-git-tag')
  for (const name of names) checkPublished(name)
  expect(
    /No projects to publish/.test(await changeset('publish-plan')),
    'a second plan has something to publish',
  )

  const project = path.join(folder, 'project')
  mkdirSync(project)
  writeFileSync(path.join(project, 'package.json'), JSON.stringify({ private: true, type: 'module' }))
  const wanted = ['@entraguard/hono', '@entraguard/emulator', 'entraguard'].map(
    (name) => `${name}@${version}`,
  )
  const options = { cwd: project, env: environment, shell }
  await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', 'hono@4', ...wanted], options)
  const { stdout: tree } = await run('npm', ['ls', '--all', '--parseable', '@entraguard/core'], options)
  expect(tree.trim().split('\n').length === 1, `more than one core:\n${tree}`)
  const program = path.join(root, 'scripts/rehearsal/installed.mjs')
  writeFileSync(path.join(project, 'installed.mjs'), readFileSync(program))
  console.log((await run(process.execPath, ['installed.mjs'], options)).stdout.trim())
  const { stdout: help } = await run('npx', ['--offline', 'entraguard', '--help'], options)
  expect(help.includes('diagnose'), `npx entraguard --help says:\n${help}`)
} finally {
  await registry.close()
  rmSync(folder, { recursive: true, force: true })
}

for (const problem of problems) console.error(problem)
console.log(problems.length === 0 ? 'release: rehearsed' : 'release: not ready')
process.exitCode = problems.length === 0 ? 0 : 1
