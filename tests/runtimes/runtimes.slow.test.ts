import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'

import { EdgeVM } from '@edge-runtime/vm'
import { beforeAll, describe, expect, it } from 'vitest'

import { buildPackages } from './build-packages.ts'
import { bundle } from './bundle.ts'
import { nodeWithFault, processRuntimes } from './processes.ts'
import { checks, engineReads, type Outcome } from './suite.ts'
import { startWorkerd } from './workerd.ts'

const execute = promisify(execFile)
const here = import.meta.dirname

interface Runtime {
  readonly name: string
  readonly outcomes: () => Promise<unknown>
}

async function inWorkerd(compatibilityFlags: string[]): Promise<unknown> {
  const workerd = await startWorkerd(await bundle(path.join(here, 'worker.ts')), { compatibilityFlags })
  try {
    const response = await fetch(workerd.url)
    expect(workerd.logs).toStrictEqual([])
    return await response.json()
  } finally {
    await workerd.close()
  }
}

async function inEdgeVm(): Promise<unknown> {
  const vm = new EdgeVM({ codeGeneration: { strings: false, wasm: false } })
  expect(vm.evaluate('[typeof process, typeof Buffer]')).toEqual(['undefined', 'undefined'])
  const code = await bundle(path.join(here, 'suite.ts'), 'iife')
  vm.evaluate(code.replace('var bundle =', 'globalThis.bundle ='))
  const json: unknown = await vm.evaluate('bundle.runAll().then(JSON.stringify)')
  return JSON.parse(String(json))
}

/** nodejs/node#63785. Where one of these is replaced by a newer one, the attacks on escaped names prove nothing any more. */
const withFault: ReadonlySet<string> = new Set(['Node 24.21', 'Node 26', 'Deno'])

const runtimes: readonly Runtime[] = [
  { name: 'workerd', outcomes: () => inWorkerd([]) },
  { name: 'workerd with nodejs_compat', outcomes: () => inWorkerd(['nodejs_compat']) },
  { name: 'the Vercel edge VM', outcomes: inEdgeVm },
  ...[...nodeWithFault, ...processRuntimes].map(({ name, command, run }) => ({
    name,
    async outcomes() {
      const { stdout } = await execute(command, [...run, path.join(here, 'main.ts')], { cwd: here })
      return JSON.parse(stdout) as unknown
    },
  })),
]

beforeAll(buildPackages)

describe.each(runtimes)('the built packages in $name', ({ name: runtime, outcomes }) => {
  let results: ReadonlyMap<string, Outcome>
  beforeAll(async () => {
    const list = (await outcomes()) as readonly Outcome[]
    results = new Map(list.map((outcome) => [outcome.name, outcome]))
  })

  const rows = checks.map(({ name }): readonly [string, unknown] => [name, { name }])
  // The engine must have the fault, or the attacks on escaped names prove nothing.
  if (withFault.has(runtime)) rows.push([engineReads, { name: engineReads, problem: expect.any(String) }])

  it.each(rows)('%s', (name, outcome) => {
    expect(results.get(name)).toEqual(outcome)
  })
})
