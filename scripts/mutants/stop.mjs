import { beforeEach } from 'vitest'

/*
 * A mutant is dead with its first failed test. Vitest then skips the tests of the other files but still loads those
 * files, which is most of the time: so loading them ends here.
 */
const dead = Symbol.for('entraguard.mutant.dead')
if (globalThis[dead] === true) throw new Error('not loaded: the mutant is dead')

beforeEach(({ onTestFailed }) => {
  onTestFailed(() => {
    globalThis[dead] = true
  })
})
