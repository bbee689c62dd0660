import * as oidc from 'oidc-client-ts'

Object.assign(globalThis, { oidc })
