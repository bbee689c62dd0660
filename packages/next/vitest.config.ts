import { project } from '../../vitest.shared.ts'

export default project('next', import.meta.dirname, { test: { setupFiles: ['test/environment.ts'] } })
