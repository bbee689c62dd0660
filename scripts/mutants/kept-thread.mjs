import { createRequire } from 'node:module'
import { parentPort } from 'node:worker_threads'

import { init, runBaseTests, setupEnvironment } from 'vitest/worker'

/*
 * The thread of kept-threads.mjs. Vitest ends a thread when its tests have run; this one runs the tests of one mutant after
 * the other, so that Vitest and what stands in node_modules are loaded once. Everything of this repository is loaded anew.
 */

/** The first listener is Vitest's own; the second its way to ask the main thread, a new one at every start. */
const listeners = []
parentPort.on('message', (message) => {
  for (const listener of listeners.slice()) listener(message)
})

/** Servers, connections and processes that are open; Vitest itself has a timer or two. */
const inUse = () => process.getActiveResourcesInfo().some((kind) => /TCP|TLS|Pipe|Process|Worker/.test(kind))

const { cache } = createRequire(import.meta.url)

/** passport-azure-ad keeps the metadata of every address, and the next mutant has other keys under the same address. */
const remembers = () => Object.keys(cache).some((file) => file.includes('/passport-azure-ad/'))

let evaluated

async function runTests(method, state, traces) {
  globalThis[Symbol.for('entraguard.mutant.dead')] = false
  for (const module of evaluated?.idToModuleMap.values() ?? []) evaluated.invalidateModule(module)
  try {
    await runBaseTests(method, state, traces)
  } finally {
    evaluated = state.evaluatedModules
    // A mutant may leave behind what its tests would have closed, and what goes on must not disturb the next one.
    if (inUse() || remembers()) parentPort.postMessage({ entraguard: 'in use' })
  }
}

init({
  post: (message) => parentPort.postMessage(message),
  on: (listener) => {
    listeners[listeners.length === 0 ? 0 : 1] = listener
  },
  off: () => {},
  setup: setupEnvironment,
  runTests: (state, traces) => runTests('run', state, traces),
  collectTests: (state, traces) => runTests('collect', state, traces),
})
