import path from 'node:path'

import { project } from '../../vitest.shared.ts'

const modules = path.join(import.meta.dirname, 'node_modules')

/** Every `@nestjs/*` import ends in this folder's version 11, also those of the adapter's source. */
export default project('nest11', import.meta.dirname, {
  resolve: {
    conditions: ['@entraguard/source'],
    alias: [{ find: /^@nestjs\//, replacement: `${modules}/@nestjs/` }],
  },
})
