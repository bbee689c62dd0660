import { project } from '../../vitest.shared.ts'

// passport-azure-ad keeps metadata of every address for as long as the process lives.
export default project('passport-azure-ad', import.meta.dirname, { test: { isolate: true } })
