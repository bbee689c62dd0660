import path from 'node:path'

const root = path.join(import.meta.dirname, '../..')

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
]
