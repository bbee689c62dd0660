import { build, type Format } from 'esbuild'

/** A file of this folder with everything that it imports, as an edge platform would bundle it: from `dist`. */
export async function bundle(file: string, format: Format = 'esm'): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [file],
    conditions: ['workerd', 'worker', 'browser'],
    mainFields: ['module', 'main'],
    bundle: true,
    write: false,
    format,
    globalName: 'bundle',
    target: 'es2023',
  })
  const [output] = outputFiles
  if (output === undefined) throw new Error(`esbuild wrote nothing for ${file}`)
  return output.text
}
