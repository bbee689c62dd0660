// How the bundles are made whose size is measured: as an edge platform does.
import { gzipSync } from 'node:zlib'

import { build } from 'esbuild'

import { root } from './tools.mjs'

/** What an adapter uses of core. */
export const coreForAdapters =
  "export { authorize, compileAccess, createVerifier, EntraGuardError, toResponse } from '@entraguard/core'"

export async function bundle(input) {
  const { outputFiles, metafile } = await build({
    ...input,
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    format: 'esm',
    target: 'es2023',
    conditions: ['workerd', 'worker', 'browser'],
    mainFields: ['module', 'main'],
    legalComments: 'none',
    outdir: 'out',
    absWorkingDir: root,
  })
  const [{ contents, text }] = outputFiles
  const [{ inputs }] = Object.values(metafile.outputs)
  return { bytes: contents.length, gzip: gzipSync(contents, { level: 9 }).length, text, inputs }
}
