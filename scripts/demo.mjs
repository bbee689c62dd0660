// pnpm demo: a local Entra ID and the sample APIs as processes of their own; real tokens, real HTTP. Every request
// says what was sent and what had to come back. Exit code 0 only when everything came back as expected.
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { apps } from './demo/apps.mjs'
import { mcpServers, mcpSteps } from './demo/mcp.mjs'
import { runCommand, startScript, stopAll } from './demo/processes.mjs'
import { requests } from './demo/requests.mjs'
import { freePort } from './free-port.mjs'
import { root, tool } from './tools.mjs'

const audience = '22222222-2222-4222-8222-222222222222'
const tenant = '11111111-1111-4111-8111-111111111111'
const started = Date.now()

const color = process.stdout.isTTY && !process.env.NO_COLOR
const paint = (code, text) => (color && text ? `\u001b[${code}m${text}\u001b[0m` : text)
const columns = (...cells) => cells.map(([text, width]) => String(text).padEnd(width)).join(' ')
const firstSentence = (text) => /^.*?\.(?= |$)/.exec(text)?.[0] ?? text

const built = new Set()

async function build(workspace) {
  if (built.has(workspace)) return
  built.add(workspace)
  const command = [...tool('turbo'), 'run', 'build', `--filter=${workspace}...`, '--output-logs=errors-only']
  await runCommand(`demo: building ${workspace} `, command, root)
}

/** The emulator's own endpoints. */
async function ask(emulator, action, body = {}) {
  const response = await fetch(`${emulator}/__emulator/${action}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const answer = await response.json()
  if (!response.ok) throw new Error(`emulator, ${action}: ${answer.error}`)
  return answer
}

async function startEmulator() {
  const emulator = startScript(path.join(import.meta.dirname, 'demo/emulator.mjs'))
  const [message] = await Promise.race([
    new Promise((resolve) => emulator.child.once('message', (value) => resolve([value]))),
    new Promise((resolve) => emulator.child.once('exit', () => resolve([]))),
  ])
  if (message === undefined) throw new Error(emulator.failure())
  return { ...emulator, url: message.url }
}

async function startApp(app, emulatorUrl, more = () => ({})) {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const server = startScript(app.script, {
    args: app.args?.(port),
    cwd: app.cwd,
    env: {
      ...app.env,
      PORT: String(port),
      ENTRA_TENANTS: tenant,
      ENTRA_AUDIENCE: `${audience},api://${audience}`,
      ENTRA_EMULATOR_URL: emulatorUrl,
      ENTRA_EXPOSE_CODE: '1',
      // The default, 30 s, is how long a demo would have to wait before it rotates the keys.
      ENTRA_MIN_REFRESH_INTERVAL: '1',
      ...more(url),
    },
  })
  const minutes = 4 // on a busy machine
  const deadline = Date.now() + minutes * 60_000
  while (!(await answers(`${url}${app.base}${app.health}`))) {
    if (server.hasExited()) throw new Error(server.failure())
    if (Date.now() > deadline) throw new Error(`${app.name} did not start in ${minutes} minutes`)
    await sleep(50)
  }
  return { ...server, url: `${url}${app.base}` }
}

const answers = (url) =>
  fetch(url).then(
    (response) => response.ok,
    () => false,
  )

async function authorizationOf(row, emulatorUrl, previousKid) {
  if (row.authorization !== undefined || row.token === undefined) return row.authorization
  const { signWith } = row.token
  const options = { ...row.token, ...(signWith === 'previous' ? { signWith: previousKid } : {}) }
  const { token } = await ask(emulatorUrl, 'token', options)
  return `Bearer ${row.change === undefined ? token : row.change(token)}`
}

/** One request, one line. Tells whether everything was as expected. */
async function send(row, url, authorization) {
  const isPost = row.method === 'POST'
  const response = await fetch(`${url}${row.path}`, {
    method: row.method,
    headers: {
      ...(authorization === undefined ? {} : { authorization }),
      ...(isPost ? { 'content-type': 'application/json' } : {}),
    },
    ...(isPost ? { body: JSON.stringify({ item: 'tea', quantity: 2 }) } : {}),
  })
  const body = await response.json().catch(() => ({}))
  const { code, hint = '' } = response.ok ? {} : body
  const challenged =
    ![401, 403].includes(row.status) || /^Bearer\b/.test(response.headers.get('www-authenticate') ?? '')
  const ok = response.status === row.status && code === row.code && challenged
  const note = ok
    ? firstSentence(hint)
    : `EXPECTED ${row.code ?? 'no error'}${challenged ? '' : ' and a WWW-Authenticate challenge'}`
  console.log(
    `${ok ? paint(32, 'ok  ') : paint(31, 'FAIL')} ${columns(
      [row.sent, 27],
      [`${row.method} ${row.path}`, 13],
      [row.status, 8],
      [response.status, 3],
      [code ?? '-', 22],
    )} ${paint(2, note)}`.trimEnd(),
  )
  return ok
}

async function tryApp(app, emulatorUrl) {
  const server = await startApp(app, emulatorUrl)
  let asExpected = 0
  try {
    console.log(`\n${paint(1, app.name)}  ${server.url}`)
    console.log(
      `     ${columns(['sent', 27], ['request', 13], ['expected', 8], ['got', 3], ['code', 22])} hint`,
    )
    let previousKid
    for (const row of requests) {
      if (row.rotate) {
        await sleep(1100)
        ;({ previousKid } = await ask(emulatorUrl, 'rotate'))
        console.log(paint(2, '     the signing key is rotated'))
      }
      const authorization = await authorizationOf(row, emulatorUrl, previousKid)
      if (await send(row, server.url, authorization)) asExpected += 1
    }
  } finally {
    await server.stop()
  }
  return asExpected
}

/** An MCP server, and the real client, which is told nothing but its address and its client id. */
async function tryMcp(app, emulatorUrl) {
  const clientId = crypto.randomUUID()
  const server = await startApp(app, emulatorUrl, (url) => ({
    ENTRA_AUDIENCE: clientId,
    ENTRA_RESOURCE: `${url}/mcp`,
  }))
  let asExpected = 0
  try {
    const resource = `${server.url}/mcp`
    console.log(`\n${paint(1, app.name)}  ${resource}`)
    await ask(emulatorUrl, 'register', {
      apps: [
        {
          clientId,
          name: 'Orders over MCP',
          appIdUri: resource,
          scopes: ['Orders.Read', 'Orders.Write'],
          appRoles: ['Orders.Admin'],
        },
      ],
    })
    for await (const { step, ok, note } of mcpSteps(resource, emulatorUrl)) {
      console.log(
        `${ok ? paint(32, 'ok  ') : paint(31, 'FAIL')} ${columns([step, 44])} ${paint(2, note)}`.trimEnd(),
      )
      if (ok) asExpected += 1
    }
  } finally {
    await server.stop()
  }
  return asExpected
}

let leaving = false

async function leave(code) {
  leaving = true
  await stopAll()
  process.exit(code)
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => void leave(signal === 'SIGINT' ? 130 : 143))
}

// The runner in between (pnpm) may be gone without a word: then nobody reads the result.
const parent = process.ppid
setInterval(() => {
  if (process.ppid !== parent) void leave(143)
}, 500).unref()

let asExpected = 0
try {
  await build('@entraguard/emulator')
  const emulator = await startEmulator()
  console.log(`demo: a local Entra ID listens on ${emulator.url}`)
  for (const app of apps) {
    await build(app.workspace)
    asExpected += await tryApp(app, emulator.url)
  }
  for (const app of mcpServers) {
    await build(app.workspace)
    asExpected += await tryMcp(app, emulator.url)
  }
  await emulator.stop()
} catch (error) {
  // What an interrupted demo was waiting for has failed, and nobody needs to hear that.
  if (leaving) await new Promise(() => {})
  console.error(`\ndemo: ${error.message}`)
  await stopAll()
}
const servers = apps.length + mcpServers.length
const total = requests.length * apps.length + mcpSteps.count * mcpServers.length
console.log(
  `\n${asExpected} of ${total} requests as expected, ${servers} APIs, ${((Date.now() - started) / 1000).toFixed(1)} s`,
)
process.exitCode = asExpected === total ? 0 : 1
