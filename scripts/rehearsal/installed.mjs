// Runs in the folder into which rehearse-release.mjs has installed the packages.
import { createVerifier } from '@entraguard/core'
import { createEmulator } from '@entraguard/emulator'
import { entraGuard, requireAccess } from '@entraguard/hono'
import { Hono } from 'hono'

const entra = await createEmulator()
const app = new Hono()
  .use(entraGuard(createVerifier(entra.verifierOptions())))
  .get('/orders', requireAccess({ scopes: ['Orders.Read'] }), (c) => c.json(c.var.identity.key))
const ask = async (scopes) => {
  const authorization = `Bearer ${await entra.issueUserToken({ scopes })}`
  return (await app.request('/orders', { headers: { authorization } })).status
}

const answers = [await ask(['Orders.Read']), await ask(['Orders.Write'])]
if (answers.join() !== '200,403') throw new Error(`answered ${answers}, and not 200 and 403`)
console.log('installed: a token with the scope is accepted (200), one without it refused (403)')
