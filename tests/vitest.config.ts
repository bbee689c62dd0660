import { project, testFiles } from '../vitest.shared.ts'

export default project('contract', import.meta.dirname, {
  test: { exclude: [...testFiles.exclude, 'clients/**', 'nest11/**', 'passport/**'] },
})
