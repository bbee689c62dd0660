import { execFileSync } from 'node:child_process'

import { target, type Section } from './report.ts'

/** Runs in a process of its own with `--expose-gc`; prints JSON. */
export const memoryScript = `
import { createVerifier } from '@entraguard/core'
import { createEmulator } from '@entraguard/emulator'
const entra = await createEmulator()
const options = entra.verifierOptions()
const heap = () => { globalThis.gc(); globalThis.gc(); return process.memoryUsage().heapUsed }
const before = heap()
const verifiers = Array.from({ length: 100 }, () => createVerifier(options))
const perVerifier = (heap() - before) / verifiers.length
// A million RSA signatures would take a quarter of an hour and are not what is measured: the check says yes here.
const verifier = createVerifier({ ...options, signature: () => true })
const [header, payload, signature] = (await entra.issueUserToken({ version: '2.0', scopes: ['Orders.Read'], roles: ['a', 'b', 'c', 'd'], expiresIn: 86400 })).split('.')
const claims = JSON.parse(Buffer.from(payload, 'base64url').toString())
const token = (index) => {
  const body = Buffer.from(JSON.stringify({ ...claims, uti: 'token' + index })).toString('base64url')
  const number = Buffer.alloc(32); number.writeUInt32BE(index, 28)
  return header + '.' + body + '.' + Buffer.concat([Buffer.from(signature, 'base64url').subarray(0, 224), number]).toString('base64url')
}
const checkpoints = process.argv.slice(1).map(Number)
const empty = heap()
const series = []
let full
for (let index = 0; index < checkpoints.at(-1); index++) {
  await verifier.verify(token(index))
  if (index === 2499) full = (heap() - empty) / 2500
  if (checkpoints.includes(index + 1)) series.push([index + 1, heap()])
}
console.log(JSON.stringify({ perVerifier, perToken: full, series, length: token(0).length, verifiers: verifiers.length }))
`

interface Result {
  readonly perVerifier: number
  readonly perToken: number
  readonly length: number
  readonly series: ReadonlyArray<readonly [number, number]>
}

export function memorySection(quick: boolean): Section {
  // The cache is full at the first of them.
  const checkpoints = quick ? [20_000, 40_000] : [20_000, 100_000, 500_000, 1_000_000]
  const count = checkpoints.at(-1) ?? 0
  const output = execFileSync(
    process.execPath,
    ['--expose-gc', '--input-type=module', '-e', memoryScript, ...checkpoints.map(String)],
    { cwd: import.meta.dirname },
  )
  const { perVerifier, perToken, length, series } = JSON.parse(output.toString()) as Result
  const heaps = series.map(([, heap]) => heap)
  const [full = Number.NaN] = heaps
  const growth = Math.max(...heaps) / full
  const mega = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MB`
  return {
    title: 'Memory',
    text: `Heap after collection while one verifier with the default cache (5,000 places) sees ${count.toLocaleString('en')} distinct tokens. Signing a million tokens would take a quarter of an hour, so here, and nowhere else on this page, the signature check always succeeds.`,
    head: ['what', 'heap'],
    rows: [
      ['a verifier before its first token', `${(perVerifier / 1024).toFixed(1)} kB`],
      [
        `a remembered token of ${length.toLocaleString('en')} characters`,
        `${(perToken / 1024).toFixed(1)} kB`,
      ],
      ...series.map(([seen, heap]) => [`after ${seen.toLocaleString('en')} tokens`, mega(heap)] as const),
    ],
    targets: [
      target(
        `${count.toLocaleString('en')} distinct tokens`,
        'heap flat after the cache is full',
        `at most ${growth.toFixed(2)} × the heap after the first ${series[0]?.[0].toLocaleString('en')}`,
        growth <= 1.05,
      ),
    ],
  }
}
