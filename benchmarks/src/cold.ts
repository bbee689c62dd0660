import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

import { createVerifier } from '@entraguard/core'

import { median } from './measure.ts'
import { format, type Section } from './report.ts'
import type { Workload } from './workload.ts'

/** Import time over an empty script in fresh processes, and what the first token costs. */
export async function coldSection(workload: Workload, quick: boolean): Promise<Section> {
  const modules = [
    '@entraguard/core',
    '@entraguard/core/node',
    'jose',
    'fast-jwt',
    'aws-jwt-verify',
    'jsonwebtoken',
    'express-oauth2-jwt-bearer',
    'passport-azure-ad',
  ]
  const runs = quick ? 3 : 15
  const scripts: ReadonlyArray<readonly [string, string]> = [
    ['(empty script)', ''],
    ...modules.map((name): readonly [string, string] => [name, `import '${name}'`]),
  ]
  const times = new Map(scripts.map(([name]) => [name, [] as number[]]))
  for (let run = 0; run < runs; run++) {
    for (const [name, script] of scripts) times.get(name)?.push(startUp(script))
  }
  const of = (name: string): number => median(times.get(name) ?? [])
  const before = workload.requests()
  const start = performance.now()
  await createVerifier({
    tenants: workload.tenantId,
    audience: workload.audience,
    fetch: workload.fetch,
  }).verify(workload.tokens[0] ?? '')
  const first = performance.now() - start
  return {
    title: 'Cold start',
    text: `The built packages, each in ${runs} fresh processes, medians. The first verified token of a new verifier took ${format(first)} ms with an identity provider in memory and made ${workload.requests() - before} requests to it.`,
    head: ['import', 'ms whole process', 'ms over an empty script'],
    rows: scripts.map(([name]) => [
      name,
      format(of(name)),
      name === '(empty script)' ? '–' : format(of(name) - of('(empty script)')),
    ]),
  }
}

function startUp(script: string): number {
  const start = performance.now()
  execFileSync(process.execPath, ['--input-type=module', '-e', script], {
    cwd: fileURLToPath(new URL('.', import.meta.url)),
  })
  return performance.now() - start
}
