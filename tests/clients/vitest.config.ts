import { project } from '../../vitest.shared.ts'

export default project('clients', import.meta.dirname, {
  test: { testTimeout: 120_000, hookTimeout: 120_000 },
})
