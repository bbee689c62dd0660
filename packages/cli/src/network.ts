import { printable, UsageError } from './terminal.ts'

/**
 * The address of an emulator: scheme, host and port. The text is not repeated, because a password may stand in it.
 *
 * @param from the option or the variable that it comes from.
 * @throws {UsageError} when it is none, or when something of it would be dropped.
 */
export function readAddress(text: string, from = '--emulator'): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol))
    throw new UsageError(`${from} must be a URL such as http://127.0.0.1:8484`)
  if (url.href !== `${url.origin}/`)
    throw new UsageError(
      `${from} must be an address without user, password, path, query and fragment: write ${url.origin}`,
    )
  return url.origin
}

/** How far causes are followed: an error may be its own. */
const deepest = 6

/** Why a fetch failed, in a code such as ECONNREFUSED: `fetch` hides it in the causes of its error. */
function reasonOf(error: unknown): string {
  let message = ''
  let level: readonly unknown[] = [error]
  for (let depth = 0; depth < deepest && level.length > 0; depth++) {
    const errors = level.filter((each) => each instanceof Error)
    for (const each of errors) {
      if ('code' in each && typeof each.code === 'string') return each.code
      if (each.name === 'TimeoutError' || each.name === 'AbortError') return 'no answer in time'
      if (each.message !== '') ({ message } = each)
    }
    // Where a host has two addresses, each has its own error.
    level = errors.flatMap((each) => (each instanceof AggregateError ? each.errors : [each.cause]))
  }
  return message === '' ? 'no reason given' : printable(message.slice(0, 200))
}

const isAboutTrust = (reason: string): boolean =>
  /^(?:UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|CERT_|ERR_TLS_CERT|ERR_SSL)/.test(reason)

/** What to do when no emulator answers. */
export function noEmulator(address: string, error: unknown): string {
  const reason = reasonOf(error)
  return isAboutTrust(reason)
    ? `The certificate of ${address} is not trusted (${reason}): set NODE_EXTRA_CA_CERTS to the file that "entraguard emulator --https" printed`
    : `No emulator answers at ${address} (${reason}): start one with "entraguard emulator", or give its address with --emulator URL`
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
    ? ': a proxy on the way intercepts TLS; set NODE_EXTRA_CA_CERTS to the file with its certificate'
    : hasProxy && env['NODE_USE_ENV_PROXY'] !== '1'
      ? ': Node reads HTTPS_PROXY only if NODE_USE_ENV_PROXY is 1'
      : ''
  return `${host} could not be reached (${reason})${advice}`
}
