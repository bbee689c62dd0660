// node bundle.mjs BUNDLER ENTRY OUT: bundles a program for Node, as people do.
import path from 'node:path'

const [bundler, entry, out] = process.argv.slice(2)
// What is CommonJS inside of an ES module, Express for one, needs a require.
const js = `import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url)`

const bundlers = {
  async esbuild() {
    const { build } = await import('esbuild')
    await build({
      entryPoints: [entry],
      bundle: true,
      platform: 'node',
      format: 'esm',
      outfile: `${out}/main.mjs`,
      banner: { js },
      logLevel: 'error',
    })
  },
  async webpack() {
    const { default: webpack } = await import('webpack')
    const settings = {
      mode: 'production',
      target: 'node22',
      entry: path.resolve(entry),
      experiments: { outputModule: true },
      output: { path: path.resolve(out), filename: 'main.mjs', module: true, chunkFormat: 'module' },
      optimization: { minimize: false },
    }
    await new Promise((resolve, reject) => {
      webpack(settings, (error, stats) => {
        const problems = error ?? stats.toString({ all: false, errors: true })
        if (problems === '') resolve()
        else reject(new Error(String(problems)))
      })
    })
  },
  async vite() {
    const { build } = await import('vite')
    await build({
      logLevel: 'error',
      ssr: { noExternal: true },
      build: { ssr: entry, outDir: out, rollupOptions: { output: { entryFileNames: 'main.mjs' } } },
    })
  },
}
await bundlers[bundler]()
