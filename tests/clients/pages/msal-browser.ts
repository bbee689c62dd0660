import * as msal from '@azure/msal-browser'

Object.assign(globalThis, { msal })
