import { execFile } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'

import type { Tarball } from './tarballs.ts'

/** What a command of a user did. */
export interface Outcome {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export type Manager = 'npm' | 'pnpm'

/** A user's project: a folder outside of this workspace. */
export interface BlankProject {
  readonly folder: string
  /** Runs a program in the folder. Never fails: see the code. */
  readonly run: (command: string, ...args: readonly string[]) => Promise<Outcome>
  readonly write: (files: Readonly<Record<string, string>>) => Promise<void>
  /** What the image for production gets: everything is installed anew, without `devDependencies`. */
  readonly installForProduction: () => Promise<void>
}

export interface Manifest {
  readonly type?: 'module' | 'commonjs'
  /** Our packages, from their tarballs. */
  readonly ours: readonly string[]
  /** Everybody else's, with a version. */
  readonly others?: Readonly<Record<string, string>>
  /** Those among them that are needed while developing only. */
  readonly development?: readonly string[]
}

/** The environment of the tests would change what a user's commands do. */
const environment = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) => !/^(?:NODE_ENV|NODE_OPTIONS|VITEST|TEST$|FORCE_COLOR)/.test(name),
  ),
)

const quiet = {
  npm: ['--prefer-offline', '--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=error'],
  pnpm: ['--prefer-offline', '--reporter=append-only'],
}
const installs = {
  npm: ['install', ...quiet.npm],
  pnpm: ['install', '--no-frozen-lockfile', ...quiet.pnpm],
}
const productionInstalls = {
  npm: ['ci', '--omit=dev', ...quiet.npm],
  pnpm: ['install', '--prod', '--frozen-lockfile', '--config.confirmModulesPurge=false', ...quiet.pnpm],
}

/** The code of what was stopped because it took too long, as `timeout` of coreutils says it. */
const stopped = 124

/**
 * What runs in a folder, with more variables in its environment, and no longer than so many milliseconds (0: as long as it
 * takes).
 */
export const runIn =
  (cwd: string, more: Readonly<Record<string, string>> = {}, timeout = 0): BlankProject['run'] =>
  (command, ...args) =>
    new Promise((resolve) => {
      const options = {
        cwd,
        env: { ...environment, ...more },
        shell: process.platform === 'win32',
        maxBuffer: 2 ** 26,
        timeout,
        killSignal: 'SIGKILL' as const,
      }
      execFile(command, args, options, (error, stdout, stderr) => {
        const failed = error?.killed === true ? stopped : Number(error?.code) || 1
        resolve({ code: error === null ? 0 : failed, stdout, stderr })
      })
    })

const writeIn =
  (folder: string): BlankProject['write'] =>
  async (files) => {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(path.dirname(path.join(folder, name)), { recursive: true })
      await writeFile(path.join(folder, name), text)
    }
  }

/** Makes a project and installs what its manifest names. */
export async function blankProject(
  folder: string,
  manager: Manager,
  tarballs: readonly Tarball[],
  { type = 'module', ...wanted }: Manifest,
): Promise<BlankProject> {
  const manifest = { name: 'blank', private: true, type }
  await writeIn(folder)({ 'package.json': JSON.stringify(manifest) })
  return installInto(folder, manager, tarballs, wanted)
}

interface Dependencies {
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
}

/** Installs into a project that is there, beside what its `package.json` names already. */
export async function installInto(
  folder: string,
  manager: Manager,
  tarballs: readonly Tarball[],
  { ours, others = {}, development = [] }: Manifest,
): Promise<BlankProject> {
  const write = writeIn(folder)
  const run = runIn(folder)
  const manage = async (args: readonly string[]): Promise<void> => {
    const install = runIn(folder, {}, 5 * 60_000)
    const first = await install(manager, ...args)
    // npm waits for ever for a registry that stops in the middle of an answer.
    const { code, stdout, stderr } = first.code === stopped ? await install(manager, ...args) : first
    if (code !== 0) throw new Error(`${manager} ${args[0]} in ${folder}:\n${stdout}${stderr}`)
  }
  // The registry has no release of these packages yet, or another one.
  const overrides = Object.fromEntries(tarballs.map(({ name, file }) => [name, `file:${file}`]))
  const wanted = Object.entries({
    ...Object.fromEntries(ours.map((name) => [name, overrides[name]])),
    ...others,
  })
  const isForDevelopment = ([name]: readonly [string, unknown]): boolean => development.includes(name)
  const before = JSON.parse(await readFile(path.join(folder, 'package.json'), 'utf8')) as Dependencies
  const manifest = {
    ...before,
    dependencies: {
      ...before.dependencies,
      ...Object.fromEntries(wanted.filter((each) => !isForDevelopment(each))),
    },
    devDependencies: {
      ...before.devDependencies,
      ...Object.fromEntries(wanted.filter((each) => isForDevelopment(each))),
    },
  }
  await write(
    manager === 'npm'
      ? { 'package.json': JSON.stringify({ ...manifest, overrides }) }
      : {
          'package.json': JSON.stringify(manifest),
          'pnpm-workspace.yaml': [
            'overrides:',
            ...Object.entries(overrides).map(([name, file]) => `  '${name}': '${file}'`),
            // No install scripts, as here: what users need of these packages comes without them.
            'strictDepBuilds: false',
            '',
          ].join('\n'),
        },
  )
  await manage(installs[manager])
  return { folder, run, write, installForProduction: () => manage(productionInstalls[manager]) }
}
