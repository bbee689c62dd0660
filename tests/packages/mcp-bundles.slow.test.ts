import { cp, mkdtemp, readdir, readFile, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'

import { afterAll, beforeAll, expect, it } from 'vitest'

import { blankProject, type BlankProject } from './blank-project.ts'
import { packAll, versionsOf } from './tarballs.ts'

/*
 * MCP servers in one file, run where nothing is installed. Version 1 of the SDK is optional, and tells errors apart by
 * their classes: where it is in the bundle, the guard has to use that copy.
 */

const fixtures = path.join(import.meta.dirname, 'bundled-mcp')

let folder: string
let projects: Readonly<Record<'without' | 'with', BlankProject>>

beforeAll(async () => {
  folder = await realpath(await mkdtemp(path.join(tmpdir(), 'entraguard-mcp-bundles-')))
  const tarballs = await packAll(folder)
  const install = async (name: string, more: Readonly<Record<string, string>>): Promise<BlankProject> => {
    const project = await blankProject(path.join(folder, name), 'pnpm', tarballs, {
      ours: ['@entraguard/core', '@entraguard/emulator', '@entraguard/mcp'],
      others: {
        ...versionsOf('@modelcontextprotocol/server', 'esbuild'),
        vite: '^8.0.0',
        webpack: '^5.113.0',
        ...more,
      },
    })
    for (const file of await readdir(fixtures))
      await project.write({ [file]: await readFile(path.join(fixtures, file), 'utf8') })
    return project
  }
  projects = {
    without: await install('without-sdk-1', {}),
    with: await install('with-sdk-1', versionsOf('@modelcontextprotocol/sdk', 'express')),
  }
})

afterAll(() => rm(folder, { recursive: true, force: true }))

const expected = {
  'fetch.js': [200, 403, 401, 'invalid_token'],
  'sdk1.js': [200, 403, 401],
}

it.each(
  (['esbuild', 'webpack', 'vite'] as const).flatMap((bundler) =>
    (
      [
        ['without', 'fetch.js'],
        ['with', 'fetch.js'],
        ['with', 'sdk1.js'],
      ] as const
    ).map(([sdk, entry]) => ({ bundler, sdk, entry })),
  ),
)('$bundler, $sdk version 1 of the SDK: $entry', async ({ bundler, sdk, entry }) => {
  const project = projects[sdk]
  const bundled = await project.run(process.execPath, 'bundle.mjs', bundler, entry, `out-${bundler}-${entry}`)
  expect(bundled).toMatchObject({ code: 0 })
  const alone = path.join(folder, `alone-${bundler}-${sdk}-${entry}`)
  await cp(path.join(project.folder, `out-${bundler}-${entry}`), alone, { recursive: true })
  const { stdout, stderr } = await project.run(process.execPath, path.join(alone, 'main.mjs'))
  expect({ answers: stdout.trim(), stderr }).toEqual({ answers: JSON.stringify(expected[entry]), stderr: '' })
})

it('an application in CommonJS, whose copy of the SDK is another, has the checks of its tools asked', async () => {
  const { stdout, stderr } = await projects.without.run(process.execPath, 'required.cjs')
  expect({ answers: stdout.trim(), stderr }).toEqual({ answers: '[200,403,200,403]', stderr: '' })
})
