export { assertionFromFile } from './assertion-from-file.ts'
export { DownstreamError, type DownstreamErrorCode } from './downstream-error.ts'
export { onBehalfOf, type AcquireOptions, type Downstream, type TokenCredential } from './on-behalf-of.ts'
export type { ApiOptions, Certificate, Credential, DownstreamOptions, TokenStore } from './options.ts'
