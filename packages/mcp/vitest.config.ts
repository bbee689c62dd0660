import { project } from '../../vitest.shared.ts'

// The classes of the CommonJS build are those of the process, whatever else has loaded them before.
export default project('mcp', import.meta.dirname, { test: { isolate: true } })
