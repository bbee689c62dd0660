// #region look
import { createEmulator } from '@entraguard/emulator'
import { serveInspector } from '@entraguard/emulator/node'

/** Shows a token in the browser, where the keys come from the emulator in the place of Microsoft. Gives what ends it. */
export async function lookInto(): Promise<() => Promise<void>> {
  const entra = await createEmulator()
  const token = await entra.issueUserToken({ expiresIn: -600 })
  const { url, close } = await serveInspector({ token, fetch: entra.fetch })
  console.log(`Open ${url}`)
  return close
}
// #endregion
