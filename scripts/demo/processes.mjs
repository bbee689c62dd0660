import { fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { pathToFileURL } from 'node:url'

const guard = pathToFileURL(path.join(import.meta.dirname, 'exit-with-parent.mjs')).href
const running = new Set()

/** Starts a Node script that ends when this process does. Its output is kept, to be shown when it fails. */
export function startScript(script, { args = [], cwd, env = {} } = {}) {
  const child = fork(script, args, {
    cwd,
    env: { ...process.env, ...env },
    execArgv: ['--import', guard],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  running.add(child)
  let output = ''
  const keep = (chunk) => (output = `${output}${chunk}`.slice(-4000))
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  child.once('exit', () => running.delete(child))
  return {
    child,
    failure: () => `${path.basename(script)} ended (${child.signalCode ?? child.exitCode})\n${output}`,
    hasExited: () => hasExited(child),
    stop: () => stop(child),
  }
}

const hasExited = (child) => child.exitCode !== null || child.signalCode !== null

/** A chance to end what it started itself (workerd, say); then by force. */
async function stop(child) {
  if (hasExited(child)) return
  const exited = once(child, 'exit')
  child.kill()
  const timer = setTimeout(() => child.kill('SIGKILL'), 1500)
  await exited
  clearTimeout(timer)
}

/** Runs a command to its end, with a dot a second; its output is shown only when it fails. */
export async function runCommand(label, [command, ...args], cwd) {
  process.stdout.write(label)
  const started = Date.now()
  const dots = setInterval(() => process.stdout.write('.'), 1000)
  const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
  running.add(child)
  const chunks = []
  child.stdout.on('data', (chunk) => chunks.push(chunk))
  child.stderr.on('data', (chunk) => chunks.push(chunk))
  const [code, signal] = await once(child, 'close').finally(() => clearInterval(dots))
  running.delete(child)
  console.log(` ${((Date.now() - started) / 1000).toFixed(1)} s`)
  if (code === 0) return
  throw new Error(
    `${command} ${args.join(' ')} failed (${signal ?? code})\n${Buffer.concat(chunks).toString()}`,
  )
}

/** Ends everything that was started. */
export async function stopAll() {
  await Promise.all(Array.from(running, stop))
}
