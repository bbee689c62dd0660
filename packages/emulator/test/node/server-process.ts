import { createEmulator } from '../../src/index.ts'
import { listen, serveInspector } from '../../src/node.ts'

/** Serves what the argument names, writes where and what to trust, and goes on until it is killed. */
async function serve(what: string | undefined): Promise<{ url: string; ca?: string | undefined }> {
  if (what === 'the inspector') return serveInspector()
  return listen(await createEmulator(), { https: what === 'the emulator over HTTPS' })
}

const { url, ca } = await serve(process.argv[2])
console.log(JSON.stringify({ url, ca }))
