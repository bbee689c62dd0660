import { configureGlobal } from 'fast-check'
import { beforeEach, inject } from 'vitest'

/*
 * A mutant is dead with its first failed test. Vitest then skips the tests of the other files but still loads those
 * files, which is most of the time: so loading them ends here.
 */
const dead = Symbol.for('entraguard.mutant.dead')
if (globalThis[dead] === true) throw new Error('not loaded: the mutant is dead')

// Stryker sets it before the first test. Here it is set while modules load too: what a file of tests makes before its tests is
// changed like all else, and by no mutant that this thread had before.
const stryker = globalThis[inject('globalNamespace')]
if (stryker !== undefined)
  stryker.activeMutant = inject('mode') === 'mutant' ? inject('activeMutant') : undefined

/** Floods of a thousand and more: seconds each, which every mutant that lives would take. What they show, shorter tests hold too. */
const floods = /\[st-(?:tenant-cache-exhaustion|unknown-kid-flood)\]|1000 concurrent requests/

/** Loads nearly every module again, whose tables it would seem to reach. */
const loading = /in workerd, where one request may not wait for another/

beforeEach(({ task, skip, onTestFailed }) => {
  if (floods.test(task.name) || loading.test(task.name)) skip()
  onTestFailed(() => {
    globalThis[dead] = true
  })
})

// The first counterexample is enough, and nobody reads the smallest one. Milliseconds: enough for a first input on any machine,
// without which a property fails.
configureGlobal({ endOnFailure: true, interruptAfterTimeLimit: 2000 })
