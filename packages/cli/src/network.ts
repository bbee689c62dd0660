import { UsageError } from './terminal.ts'

/** The address of an emulator. @throws {UsageError} when it is none. */
export function readAddress(text: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text
  throw new UsageError('--emulator must be a URL such as http://127.0.0.1:8484')
}

/** Why a fetch failed, in a code such as ECONNREFUSED: `fetch` hides it in the causes of its error. */
function reasonOf(error: unknown): string {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ('code' in at && typeof at.code === 'string') return at.code
    if (at.name === 'TimeoutError' || at.name === 'AbortError') return 'no answer in time'
  }
  return 'no reason given'
}

const isAboutTrust = (reason: string): boolean => /^(?:UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|CERT_)/.test(reason)

/** What to do when no emulator answers. */
export function noEmulator(address: string, error: unknown): string {
  const reason = reasonOf(error)
  return isAboutTrust(reason)
    ? `The certificate of ${address} is not trusted (${reason}): set NODE_EXTRA_CA_CERTS to the file that "entraguard emulator --https" printed`
    : `No emulator answers at ${address} (${reason}): start one with "entraguard emulator", or write --emulator URL`
}

/** What to do when Microsoft's hosts cannot be reached. */
export function noAnswer(
  host: string,
  error: unknown,
  env: Readonly<Record<string, string | undefined>>,
): string {
  const reason = reasonOf(error)
  const hasProxy = (env['HTTPS_PROXY'] ?? env['https_proxy'] ?? '') !== ''
  const advice = isAboutTrust(reason)
    ? ': something on the way opens TLS; NODE_EXTRA_CA_CERTS can name the file with its certificate'
    : hasProxy && env['NODE_USE_ENV_PROXY'] !== '1'
      ? ': Node reads HTTPS_PROXY only where NODE_USE_ENV_PROXY is 1'
      : ''
  return `${host} could not be reached (${reason})${advice}`
}
