import { defineConfig } from 'tsup'

type Config = ReturnType<typeof defineConfig>

interface Options {
  platform?: 'neutral' | 'node'
  /** Also as CommonJS: where the framework is there twice, and its users compare its classes. */
  commonjs?: boolean
  /** What remains to be done when the files are written. */
  onSuccess?: () => Promise<void>
}

/**
 * How every published package is bundled: ESM only (Node requires it, and state stays single), `node:` prefixes kept
 * (Deno and workerd need them), nothing of another package inside. `tsc` writes the declarations.
 */
export const library = (
  entry: string[],
  { platform = 'neutral', commonjs = false, onSuccess }: Options = {},
): Config =>
  defineConfig({
    entry,
    format: commonjs ? ['esm', 'cjs'] : ['esm'],
    target: 'es2023',
    platform,
    external: [/^node:/],
    removeNodeProtocol: false,
    dts: false,
    sourcemap: true,
    clean: true,
    silent: true,
    ...(onSuccess && { onSuccess }),
  })
