import type { BuildOptions, Metafile } from 'esbuild'

export declare const coreForAdapters: string
export declare function bundle(input: BuildOptions): Promise<{
  readonly bytes: number
  readonly gzip: number
  readonly text: string
  readonly inputs: Metafile['inputs']
}>
