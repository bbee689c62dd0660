// node bundle.mjs BUNDLER ENTRY OUT: bundles a program as people do, without what Nest uses where it is installed.
import { mkdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'

const require = createRequire(import.meta.url)
const [bundler, entry, out] = process.argv.slice(2)
const optional = [
  '@fastify/static',
  '@nestjs/microservices',
  '@nestjs/platform-fastify',
  '@nestjs/websockets',
  'class-transformer',
  'class-validator',
]
const isOptional = new RegExp(`^(?:${optional.join('|')})(?:/|$)`)

async function byEsbuild(format, file, banner = {}) {
  const { build } = require('esbuild')
  await build({
    entryPoints: [entry],
    bundle: true,
    platform: 'node',
    format,
    outfile: path.join(out, file),
    external: optional,
    banner,
  })
}

function byWebpack() {
  const webpack = require('webpack')
  const settings = {
    mode: 'production',
    target: 'node',
    entry: path.resolve(entry),
    output: { path: path.resolve(out), filename: 'main.cjs' },
    externals: [
      ({ request }, done) => (isOptional.test(request) ? done(null, `commonjs ${request}`) : done()),
    ],
    optimization: { minimize: false },
  }
  return new Promise((resolve, reject) => {
    webpack(settings, (error, stats) => {
      const problems = error ?? stats.toString({ all: false, errors: true })
      if (problems === '') resolve()
      else reject(new Error(String(problems)))
    })
  })
}

async function byNcc() {
  const ncc = require('@vercel/ncc')
  const options = { externals: [`/${isOptional.source}/`], quiet: true, cache: false }
  const { code, assets } = await ncc(path.resolve(entry), options)
  // It leaves an ES module one.
  const main = entry.startsWith('module/') ? 'main.mjs' : 'main.cjs'
  for (const [name, source] of [[main, code], ...Object.entries(assets).map(([n, a]) => [n, a.source])]) {
    mkdirSync(path.dirname(path.join(out, name)), { recursive: true })
    writeFileSync(path.join(out, name), source)
  }
}

// What is CommonJS inside of an ES module, Express for one, needs a require.
const js = `import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url)`
const bundlers = {
  'esbuild as CommonJS': () => byEsbuild('cjs', 'main.cjs'),
  'esbuild as an ES module': () => byEsbuild('esm', 'main.mjs', { js }),
  webpack: byWebpack,
  ncc: byNcc,
}
await bundlers[bundler]()
