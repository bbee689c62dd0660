import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'

import { library } from '../../tsup.base.ts'

const dist = path.join(import.meta.dirname, 'dist')

/** The map of the portal's files would hold them a second time, and say nothing of where they come from. */
async function dropPortalMap(): Promise<void> {
  for (const name of await readdir(dist)) {
    if (!/^files-[^.]*\.js$/.test(name)) continue
    const file = path.join(dist, name)
    await writeFile(file, (await readFile(file, 'utf8')).replace(/^\/\/# sourceMappingURL=.*\n?/m, ''))
    await rm(`${file}.map`)
  }
}

export default library(['src/index.ts', 'src/fetch.ts', 'src/node.ts'], { onSuccess: dropPortalMap })
