import { project } from '../vitest.shared.ts'

export default project('contract', import.meta.dirname, {
  test: {
    exclude: [
      '**/node_modules/**',
      'nest11/**',
      ...(process.env['ENTRAGUARD_ALL'] === '1' ? [] : ['**/*.slow.test.ts']),
    ],
  },
})
