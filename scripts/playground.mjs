// pnpm playground: a local Entra ID, the sample APIs, and the page of apps/next-app where one mints tokens, sends
// them to each API and looks at the answers. Runs until it is interrupted.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'

import { apps } from './demo/apps.mjs'
import { runCommand, startScript, stopAll } from './demo/processes.mjs'
import { freePort } from './free-port.mjs'
import { root, tool } from './tools.mjs'

const next = apps.find(({ workspace }) => workspace === 'next-app')
const others = [
  ['PLAYGROUND_HONO_URL', apps.find(({ workspace }) => workspace === 'hono-edge')],
  ['PLAYGROUND_NEST_URL', apps.find(({ workspace }) => workspace === 'nest-api')],
].filter(([, app]) => app !== undefined)

let page
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.once(signal, () => {
    page?.kill()
    void stopAll().then(() => process.exit(signal === 'SIGINT' ? 130 : 143))
  })
}

const filters = ['@entraguard/next', ...others.map(([, app]) => app.workspace)]
await runCommand(
  'playground: building ',
  [
    ...tool('turbo'),
    'run',
    'build',
    ...filters.map((name) => `--filter=${name}...`),
    '--output-logs=errors-only',
  ],
  root,
)
const emulator = startScript(path.join(import.meta.dirname, 'demo/emulator.mjs'))
const [{ url: emulatorUrl }] = await once(emulator.child, 'message')
const env = {
  NODE_ENV: 'development',
  ENTRA_TENANTS: '11111111-1111-4111-8111-111111111111',
  ENTRA_AUDIENCE: '22222222-2222-4222-8222-222222222222,api://22222222-2222-4222-8222-222222222222',
  ENTRA_EMULATOR_URL: emulatorUrl,
  ENTRA_EXPOSE_CODE: '1',
  ENTRA_MIN_REFRESH_INTERVAL: '1',
}
for (const [name, app] of others) {
  const port = await freePort()
  startScript(app.script, {
    args: app.args?.(port),
    cwd: app.cwd,
    env: { ...env, ...app.env, PORT: String(port) },
  })
  env[name] = `http://127.0.0.1:${port}${app.base}`
}
const port = Number(process.env.PORT ?? 3000)
// Not startScript: `next dev` talks to its own child by the channel that startScript would use.
page = spawn(process.execPath, [next.script, 'dev', '--hostname', '127.0.0.1', '--port', String(port)], {
  cwd: next.cwd,
  env: { ...process.env, ...env },
  stdio: 'inherit',
})
console.log(`playground: http://127.0.0.1:${port}/playground`)
await once(page, 'exit')
await stopAll()
process.exitCode = 1
