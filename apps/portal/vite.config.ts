import path from 'node:path'

import { defineConfig } from 'vite'

const root = path.join(import.meta.dirname, '../..')

/** Radix is written for React; Preact's own replacement of it is a tenth of the size. */
const preact = [
  [/^react-dom\/client$/, 'preact/compat/client'],
  [/^react-dom$/, 'preact/compat'],
  [/^react\/jsx-runtime$/, 'preact/jsx-runtime'],
  [/^react$/, 'preact/compat'],
] as const

/** Names without hashes: the files are published, and their list is on record. */
export default defineConfig({
  base: '/__portal/',
  resolve: {
    alias: preact.map(([find, replacement]) => ({ find, replacement })),
    conditions: ['@entraguard/source', 'module', 'browser', 'import', 'default'],
    dedupe: ['preact'],
  },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  server: { fs: { allow: [root] } },
  build: {
    outDir: 'dist/portal',
    assetsDir: '',
    target: 'es2023',
    modulePreload: false,
    cssCodeSplit: false,
    assetsInlineLimit: 0,
    // The notices that the licences of what is bundled ask for travel with it.
    license: { fileName: 'licenses.md' },
    rolldownOptions: {
      // "use client" of Radix: there is no server here.
      onLog: (level, log, tell) => (log.code === 'MODULE_LEVEL_DIRECTIVE' ? undefined : tell(level, log)),
      output: {
        entryFileNames: 'portal.js',
        chunkFileNames: '[name].js',
        assetFileNames: (asset) =>
          asset.names[0]?.endsWith('.css') === true ? 'portal.css' : '[name][extname]',
      },
    },
  },
})
