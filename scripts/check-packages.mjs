// Packs every published package as npm would get it and checks the tarball: publint --strict, and attw in every way of
// finding modules that users have, node10 too. What is ESM only is so for CommonJS as well: Node requires it since 22.12.
// And no code may look for a file by its own place: a bundle is elsewhere, or on another machine. Needs a build first.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

import { root, tool } from './tools.mjs'

const packages = path.join(root, 'packages')
const attw = ['--profile', 'strict', '--ignore-rules', 'cjs-resolves-to-esm', '--format', 'ascii']
const ownPlace = /\bimport\.meta\b|\bcreateRequire\b|\b__(?:dir|file)name\b|\brequire\.(?:main|resolve)\b/
const out = mkdtempSync(path.join(tmpdir(), 'entraguard-pack-'))
let failed = 0

try {
  for (const folder of readdirSync(packages).toSorted()) {
    const cwd = path.join(packages, folder)
    const { name, exports } = JSON.parse(readFileSync(path.join(cwd, 'package.json'), 'utf8'))
    const before = new Set(readdirSync(out))
    execFileSync('pnpm', ['pack', '--pack-destination', out], {
      cwd,
      stdio: ['ignore', 'ignore', 'inherit'],
      shell: process.platform === 'win32',
    })
    const tarball = path.join(
      out,
      readdirSync(out).find((file) => !before.has(file)),
    )
    const checks = [{ name: 'publint', args: ['run', tarball, '--strict'] }]
    // A package with only a command has no types to resolve.
    if (Object.keys(exports).some((entry) => entry !== './package.json'))
      checks.push({ name: 'attw', args: [...attw, tarball] })
    const bad = checks.filter((check) => {
      const [node, script] = tool(check.name)
      const { status, stdout, stderr } = spawnSync(node, [script, ...check.args], { encoding: 'utf8' })
      if (status !== 0) console.error(`${check.name} ${name}\n${stdout}${stderr}`)
      return status !== 0
    })
    failed += bad.length
    for (const file of readdirSync(path.join(cwd, 'dist')).filter((each) => /\.c?js$/.test(each))) {
      const [found] = readFileSync(path.join(cwd, 'dist', file), 'utf8').match(ownPlace) ?? []
      if (found === undefined) continue
      console.error(`${name}: dist/${file} has ${found}, which means nothing in a bundle or in CommonJS`)
      failed += 1
    }
    const size = (statSync(tarball).size / 1024).toFixed(1)
    const verdicts = checks.map((check) => `${check.name} ${bad.includes(check) ? 'FAILED' : 'ok'}`)
    console.log(`${name.padEnd(22)} ${size.padStart(7)} kB packed  ${verdicts.join(', ')}`)
  }
} finally {
  rmSync(out, { recursive: true, force: true })
}
process.exitCode = failed === 0 ? 0 : 1
