import { project } from '../../vitest.shared.ts'

export default project('clients', import.meta.dirname)
