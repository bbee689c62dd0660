import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'

import type { Tarball } from './tarballs.ts'

/** What a command of a user did. */
export interface Outcome {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** A user's project: a folder outside of this workspace. */
export interface BlankProject {
  readonly folder: string
  /** Runs a program in the folder. Never fails: see the code. */
  readonly run: (command: string, ...args: readonly string[]) => Promise<Outcome>
  readonly write: (files: Readonly<Record<string, string>>) => Promise<void>
}

export interface Manifest {
  readonly type?: 'module' | 'commonjs'
  /** Our packages, from their tarballs. */
  readonly ours: readonly string[]
  /** Everybody else's, with a version. */
  readonly others?: Readonly<Record<string, string>>
}

/** The environment of the tests would change what a user's commands do. */
const environment = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) => !/^(?:NODE_ENV|NODE_OPTIONS|VITEST|TEST$|FORCE_COLOR)/.test(name),
  ),
)

const installs = {
  npm: ['install', '--prefer-offline', '--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=error'],
  pnpm: ['install', '--prefer-offline', '--no-frozen-lockfile', '--reporter=append-only'],
}

/** Install scripts that pnpm wants a decision about: what users need of these packages comes without them. */
const allowBuilds = ['@nestjs/core', 'esbuild', 'sharp', 'workerd'].map((name) => `  '${name}': false`)

/** Makes a project and installs what its manifest names. */
export async function blankProject(
  folder: string,
  manager: 'npm' | 'pnpm',
  tarballs: readonly Tarball[],
  { type = 'module', ours, others = {} }: Manifest,
): Promise<BlankProject> {
  const write: BlankProject['write'] = async (files) => {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(path.dirname(path.join(folder, name)), { recursive: true })
      await writeFile(path.join(folder, name), text)
    }
  }
  const run: BlankProject['run'] = (command, ...args) =>
    new Promise((resolve) => {
      const options = {
        cwd: folder,
        env: environment,
        shell: process.platform === 'win32',
        maxBuffer: 2 ** 26,
      }
      execFile(command, args, options, (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : Number(error.code) || 1, stdout, stderr }),
      )
    })
  // The registry has no release of these packages yet, or another one.
  const overrides = Object.fromEntries(tarballs.map(({ name, file }) => [name, `file:${file}`]))
  const dependencies = { ...Object.fromEntries(ours.map((name) => [name, overrides[name]])), ...others }
  const manifest = { name: 'blank', private: true, type, dependencies }
  await write(
    manager === 'npm'
      ? { 'package.json': JSON.stringify({ ...manifest, overrides }) }
      : {
          'package.json': JSON.stringify(manifest),
          'pnpm-workspace.yaml': [
            'overrides:',
            ...Object.entries(overrides).map(([name, file]) => `  '${name}': '${file}'`),
            'allowBuilds:',
            ...allowBuilds,
            '',
          ].join('\n'),
        },
  )
  const { code, stdout, stderr } = await run(manager, ...installs[manager])
  if (code !== 0) throw new Error(`${manager} install in ${folder}:\n${stdout}${stderr}`)
  return { folder, run, write }
}
