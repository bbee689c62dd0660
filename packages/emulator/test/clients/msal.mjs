// Every flow of @azure/msal-node, with its documented options only. Prints the access tokens as JSON.
import { createHash, createPrivateKey, randomUUID, sign, X509Certificate } from 'node:crypto'

import { ConfidentialClientApplication, CryptoProvider, PublicClientApplication } from '@azure/msal-node'

const settings = JSON.parse(process.env.SETTINGS)
const { authority, knownAuthorities, api, daemon, web, certificate, privateKey, apiUri, user, redirectUri } =
  settings

const confidential = (auth) =>
  new ConfidentialClientApplication({ auth: { clientId: daemon, authority, knownAuthorities, ...auth } })
const scopes = [`${apiUri}/.default`]
const delegated = [`${apiUri}/Orders.Read`]
const tokens = {}

const secret = await confidential({ clientSecret: settings.secret }).acquireTokenByClientCredential({
  scopes,
})
tokens.clientSecret = secret.accessToken

const der = new X509Certificate(certificate).raw
const thumbprintSha256 = createHash('sha256').update(der).digest('hex')
const byCertificate = confidential({ clientCertificate: { thumbprintSha256, privateKey } })
tokens.clientCertificate = (await byCertificate.acquireTokenByClientCredential({ scopes })).accessToken

const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** A client assertion as a key vault would sign it: MSAL asks this function each time. */
const clientAssertion = async ({ clientId, tokenEndpoint }) => {
  const now = Math.floor(Date.now() / 1000)
  const thumbprint = createHash('sha256').update(der).digest('base64url')
  const header = encode({ alg: 'RS256', typ: 'JWT', 'x5t#S256': thumbprint })
  const claims = encode({
    iss: clientId,
    sub: clientId,
    aud: tokenEndpoint,
    jti: randomUUID(),
    nbf: now,
    exp: now + 300,
  })
  const signature = sign('sha256', Buffer.from(`${header}.${claims}`), createPrivateKey(privateKey))
  return `${header}.${claims}.${signature.toString('base64url')}`
}
const byAssertion = confidential({ clientAssertion })
tokens.clientAssertion = (await byAssertion.acquireTokenByClientCredential({ scopes })).accessToken

const publicClient = new PublicClientApplication({ auth: { clientId: web, authority, knownAuthorities } })
const { verifier, challenge } = await new CryptoProvider().generatePkceCodes()
const signInPage = await publicClient.getAuthCodeUrl({
  scopes: delegated,
  redirectUri,
  codeChallenge: challenge,
  codeChallengeMethod: 'S256',
})
const form = new URLSearchParams([...new URL(signInPage).searchParams, ['user', user]])
const signedIn = await fetch(signInPage.split('?')[0], { method: 'POST', body: form, redirect: 'manual' })
const code = new URL(signedIn.headers.get('location')).searchParams.get('code')
const byCode = await publicClient.acquireTokenByCode({
  code,
  scopes: delegated,
  redirectUri,
  codeVerifier: verifier,
})
tokens.authorizationCode = byCode.accessToken
tokens.idTokenName = byCode.idTokenClaims.name

const silent = await publicClient.acquireTokenSilent({
  account: byCode.account,
  scopes: delegated,
  forceRefresh: true,
})
tokens.refresh = silent.accessToken

const byDevice = await publicClient.acquireTokenByDeviceCode({
  scopes: delegated,
  deviceCodeCallback: ({ userCode, verificationUri }) => {
    void fetch(verificationUri, { method: 'POST', body: new URLSearchParams({ code: userCode, user }) })
  },
})
tokens.deviceCode = byDevice.accessToken

const middle = new ConfidentialClientApplication({
  auth: { clientId: api, authority, knownAuthorities, clientSecret: settings.secret },
})
const onBehalfOf = await middle.acquireTokenOnBehalfOf({
  oboAssertion: byCode.accessToken,
  scopes: [`${settings.downstreamUri}/Stock.Read`],
})
tokens.onBehalfOf = onBehalfOf.accessToken

await confidential({ clientSecret: 'wrong' })
  .acquireTokenByClientCredential({ scopes })
  .catch((error) => (tokens.wrongSecret = `${error.errorCode} ${error.errorMessage}`))

process.stdout.write(JSON.stringify(tokens))
