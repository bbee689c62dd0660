import { call, createServer, resource, start } from './api.js'

const { entra, guard } = await start()
const handler = guard.fetch(createServer)
const statuses = []
for (const options of [{ scopes: ['Orders.Read'] }, { scopes: ['Orders.Write'] }, { expiresIn: -3600 }])
  statuses.push((await handler(new Request(resource, call(await entra.issueUserToken(options))))).status)
const refused = await guard.tokenVerifier.verifyAccessToken('garbage').catch((error) => error.code)
console.log(JSON.stringify([...statuses, refused]))
