import { Worker } from 'node:worker_threads'

/** So many mutants at most: whatever a thread collects without anybody noticing goes with it. */
const runsOfAThread = 50

/** A thread that has nothing to do, and is ready for the next mutant. */
let free

class KeptThread {
  name = 'kept-threads'
  #options
  #thread
  #listeners = []
  #isAskedToStop = false

  constructor(options) {
    this.#options = options
  }

  start() {
    this.#thread = free
    free = undefined
    this.#thread?.worker.ref()
    if (this.#thread === undefined) {
      const worker = new Worker(new URL('kept-thread.mjs', import.meta.url), {
        env: this.#options.env,
        execArgv: this.#options.execArgv,
      })
      this.#thread = { worker, runs: 0, isInUse: false }
      const thread = this.#thread
      worker.on('message', (message) => {
        if (message?.entraguard === 'in use') thread.isInUse = true
      })
    }
  }

  /** Vitest asks a thread to end itself before it stops it. This one is told nothing of that. */
  send(message) {
    if (message?.type !== 'stop') return this.#thread.worker.postMessage(message)
    this.#isAskedToStop = true
    const answer = { type: 'stopped', __vitest_worker_response__: true }
    for (const { event, listener } of this.#listeners.slice()) if (event === 'message') listener(answer)
  }

  async stop() {
    const { worker } = this.#thread
    for (const { event, listener } of this.#listeners) worker.off(event, listener)
    this.#thread.runs += 1
    const isFit = this.#isAskedToStop && !this.#thread.isInUse && this.#thread.runs < runsOfAThread
    if (isFit && free === undefined) {
      free = this.#thread
      worker.unref()
    } else await worker.terminate()
  }

  on(event, listener) {
    this.#listeners.push({ event, listener })
    this.#thread.worker.on(event, listener)
  }

  off(event, listener) {
    this.#listeners = this.#listeners.filter((one) => one.event !== event || one.listener !== listener)
    this.#thread.worker.off(event, listener)
  }

  deserialize(message) {
    return message
  }
}

/** A pool for Vitest whose threads outlive a run. */
export const keptThreads = { name: 'kept-threads', createPoolWorker: (options) => new KeptThread(options) }
