import { project } from '../../vitest.shared.ts'

// Next keeps the storage of the request in the process.
export default project('next', import.meta.dirname, { test: { isolate: true } })
