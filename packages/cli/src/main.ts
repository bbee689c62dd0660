#!/usr/bin/env node
import { runCli } from './cli.ts'

const stop = new AbortController()
// The first Ctrl-C ends cleanly; a second one ends at once.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort())

process.exitCode = await runCli(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  signal: stop.signal,
  fetch: (input, init) => globalThis.fetch(input, init),
  now: () => Date.now(),
})
