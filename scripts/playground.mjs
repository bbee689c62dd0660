// pnpm playground: a local Entra ID and three of the sample APIs. The portal's Playground sends tokens to them and shows
// their answers side by side. Runs until it is interrupted.
import { setTimeout as sleep } from 'node:timers/promises'

import { apps } from './demo/apps.mjs'
import { runCommand, startScript, stopAll } from './demo/processes.mjs'
import { freePort } from './free-port.mjs'
import { root, tool } from './tools.mjs'

const samples = [
  ['Hono', 'hono-edge'],
  ['NestJS', 'nest-api'],
  ['Next.js', 'next-app'],
].map(([name, workspace]) => ({ name, app: apps.find((app) => app.workspace === workspace) }))

const left = Promise.withResolvers()
let isLeaving = false
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 143],
]) {
  process.once(signal, () => {
    isLeaving = true
    void stopAll().then(() => process.exit(code))
  })
}

await runCommand(
  'playground: building ',
  [
    ...tool('turbo'),
    'run',
    'build',
    '--filter=@entraguard/emulator...',
    ...samples.map(({ app }) => `--filter=${app.workspace}...`),
    '--output-logs=errors-only',
  ],
  root,
)
const { createEmulator } = await import('../packages/emulator/dist/index.js')
const { listen } = await import('../packages/emulator/dist/node.js')

const places = []
for (const { name, app } of samples) {
  const port = await freePort()
  places.push({ name, app, port, base: `http://127.0.0.1:${port}${app.base}` })
}
const { url } = await listen(await createEmulator(), {
  port: Number(process.env.PORT ?? 8484),
  apis: places.map(({ name, base }) => ({ name, url: `${base}/orders`, keysUrl: `${base}/keys` })),
})

/** Starts a sample, and gives up on all of them when it ends. */
async function start({ name, app, port, base }) {
  const server = startScript(app.script, {
    args: app.args?.(port),
    cwd: app.cwd,
    env: {
      ...app.env,
      PORT: String(port),
      ENTRA_TENANTS: '11111111-1111-4111-8111-111111111111',
      ENTRA_AUDIENCE: '22222222-2222-4222-8222-222222222222,api://22222222-2222-4222-8222-222222222222',
      ENTRA_EMULATOR_URL: url,
      ENTRA_EXPOSE_CODE: '1',
      ENTRA_MIN_REFRESH_INTERVAL: '1',
    },
  })
  server.child.once('exit', () => {
    if (!isLeaving) left.resolve(`${name}: ${server.failure()}`)
  })
  const answers = () =>
    fetch(`${base}${app.health}`).then(
      (response) => response.ok,
      () => false,
    )
  while (!server.hasExited() && !(await answers())) await sleep(50)
}

await Promise.all(places.map(start))
console.log(`playground: ${url}/#/playground`)
console.error(`playground: ${await left.promise}`)
await stopAll()
process.exit(1)
