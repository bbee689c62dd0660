/** What the scripts of the pages leave for `page.evaluate`. */
declare global {
  var msal: typeof import('@azure/msal-browser')
  var app: import('@azure/msal-browser').PublicClientApplication
  var orders: Pick<typeof import('./orders.ts'), 'start' | 'callApi'>
  var oidc: typeof import('oidc-client-ts')
}

export {}
