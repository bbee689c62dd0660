import { project } from '../../vitest.shared.ts'

// A warning that is said once in a process is one only in a process of its own.
export default project('passport', import.meta.dirname, { test: { isolate: true } })
