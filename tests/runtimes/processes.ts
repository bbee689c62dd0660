import { existsSync } from 'node:fs'
import path from 'node:path'

const modules = path.join(import.meta.dirname, '../node_modules')

/** A runtime that has processes, and how it is told to run a program or a server. */
export interface ProcessRuntime {
  readonly name: string
  readonly command: string
  /** Arguments that run a file. */
  readonly run: readonly string[]
}

const nodeOf = (major: string): string => path.join(modules, `node${major}/bin/node`)

// These Nodes are packages of the platform that CI has; elsewhere nothing installs them, and the tests say so.
const hasOtherNodes = (process.platform === 'linux' && process.arch === 'x64') || existsSync(nodeOf('22'))
if (!hasOtherNodes)
  console.warn('Node 22, 24.21 and 26 are not tested here: their packages are for Linux x64')

const current = `Node ${process.versions.node.split('.')[0]}`
const others = hasOtherNodes
  ? ['22', '26'].map((major) => ({ name: `Node ${major}`, command: nodeOf(major), run: [] }))
  : []

/** The last Node 24 whose JSON.parse may misread escaped names. */
export const nodeWithFault: readonly ProcessRuntime[] = hasOtherNodes
  ? [{ name: 'Node 24.21', command: nodeOf('24'), run: [] }]
  : []

export const processRuntimes: readonly ProcessRuntime[] = [
  ...others,
  ...(others.some(({ name }) => name === current)
    ? []
    : [{ name: current, command: process.execPath, run: [] }]),
  { name: 'Bun', command: path.join(modules, '.bin/bun'), run: ['run'] },
  {
    name: 'Deno',
    command: path.join(modules, '.bin/deno'),
    run: ['run', '--no-lock', '--allow-env', '--allow-net=127.0.0.1', '--allow-read'],
  },
]
