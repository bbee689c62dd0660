import * as msal from '@azure/msal-browser'

import { callApi, start } from './bound-orders.ts'

Object.assign(globalThis, { msal, orders: { start, callApi } })
