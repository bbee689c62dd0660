#!/usr/bin/env node
import yoctoSpinner from 'yocto-spinner'

import { runCli } from './cli.ts'

const stop = new AbortController()
// The first Ctrl-C ends cleanly; a second one ends at once.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort())

// A reader that has seen enough, such as `head`, is no failure.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
}

process.exitCode = await runCli(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  signal: stop.signal,
  fetch: (input, init) => globalThis.fetch(input, init),
  now: () => Date.now(),
  spin: (text) => {
    // Ctrl-C is ours: see above.
    const spinner = yoctoSpinner({ text, handleSignals: false }).start()
    return () => spinner.stop()
  },
})
