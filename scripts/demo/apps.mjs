import path from 'node:path'

const root = path.join(import.meta.dirname, '../..')

const next = {
  workspace: 'next-app',
  script: path.join(root, 'apps/next-app/node_modules/next/dist/bin/next'),
  args: (port) => ['start', '--hostname', '127.0.0.1', '--port', String(port)],
  cwd: path.join(root, 'apps/next-app'),
  // `next start` would set "production", in which emulatorFetch rightly refuses to run.
  env: { NODE_ENV: 'test' },
}

const nest = {
  workspace: 'nest-api',
  script: path.join(root, 'apps/nest-api/dist/main.js'),
  base: '',
  health: '/health',
}

/**
 * The sample APIs that the demo tries. Each is built by turbo (`workspace`), then started by Node (`script`, `args`)
 * with the environment that CONTRIBUTING.md names; `base` is where its paths begin, `health` answers without a token.
 */
export const apps = [
  {
    name: 'Hono on Node',
    workspace: 'hono-edge',
    script: path.join(root, 'apps/hono-edge/dist/main.js'),
    base: '',
    health: '/health',
  },
  {
    name: 'Hono on workerd',
    workspace: 'hono-edge',
    script: path.join(import.meta.dirname, 'workerd.mjs'),
    base: '',
    health: '/health',
  },
  {
    name: 'Express',
    workspace: 'express-api',
    script: path.join(root, 'apps/express-api/dist/main.js'),
    base: '',
    health: '/health',
  },
  {
    name: 'Fastify',
    workspace: 'fastify-api',
    script: path.join(root, 'apps/fastify-api/dist/main.js'),
    base: '',
    health: '/health',
  },
  {
    name: 'Azure Functions',
    workspace: 'functions-api',
    script: path.join(root, 'apps/functions-api/dist/main.js'),
    base: '/api',
    health: '/health',
  },
  { ...nest, name: 'NestJS on Express' },
  { ...nest, name: 'NestJS on Fastify', args: () => ['--fastify'] },
  { ...next, name: 'Next.js, App Router on Node', base: '', health: '/health' },
  { ...next, name: 'Next.js, App Router on edge', base: '/edge', health: '/health' },
  { ...next, name: 'Next.js, Pages Router', base: '/api', health: '/health' },
]
