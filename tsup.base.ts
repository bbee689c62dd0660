import { defineConfig } from 'tsup'

type Config = ReturnType<typeof defineConfig>

/**
 * How every published package is bundled: ESM only, `node:` prefixes kept (Deno and workerd need them),
 * nothing of another package inside. `tsc` writes the declarations.
 */
export const library = (entry: string[], options: { platform?: 'neutral' | 'node' } = {}): Config =>
  defineConfig({
    entry,
    format: ['esm'],
    target: 'es2023',
    platform: options.platform ?? 'neutral',
    external: [/^node:/],
    removeNodeProtocol: false,
    dts: false,
    sourcemap: true,
    clean: true,
    silent: true,
  })
