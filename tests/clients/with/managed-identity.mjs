// The token of the managed identity that the environment offers, by the library and for the resource of the arguments.
import process from 'node:process'

const [library, resource] = process.argv.slice(2)

const by = {
  async '@azure/msal-node'() {
    const { ManagedIdentityApplication } = await import('@azure/msal-node')
    return (await new ManagedIdentityApplication().acquireToken({ resource })).accessToken
  },
  async '@azure/identity'() {
    const { ManagedIdentityCredential } = await import('@azure/identity')
    return (await new ManagedIdentityCredential().getToken(`${resource}/.default`)).token
  },
}

process.stdout.write(await by[library]())
