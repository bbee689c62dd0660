/** The parts of a request that prove the key of a bound token. Pass it to `authenticate` as `request`. */
export interface ProofRequest {
  /** The method, as received. */
  readonly method: string
  /** The path as received, or a whole URL. Host and query are ignored: the option `origin` says what the address is. */
  readonly url: string
  /** The `DPoP` header: every value, if there are several. */
  readonly proof?: string | readonly string[] | null | undefined
  /**
   * The client certificate: its DER (Node's `getPeerCertificate().raw`), or what a proxy wrote into a header (PEM,
   * which may be percent-encoded, or base64). Use a header only if the proxy removes that header from what callers
   * send.
   */
  readonly certificate?: Uint8Array | string | readonly string[] | null | undefined
}

/**
 * What a verifier needs from each request to check bound tokens, for adapters. `undefined` in a verifier without the
 * option `bound`.
 */
export interface ProofSources {
  /** True if DPoP proofs are accepted. */
  readonly proof: boolean
  /** Where client certificates come from: `tls`, or the name of a header; `undefined` if none are accepted. */
  readonly certificate: string | undefined
}

interface FetchRequest {
  readonly method: string
  readonly url: string
  readonly headers: { get(name: string): string | null }
}

interface NodeRequest {
  readonly method?: string | undefined
  readonly url?: string | undefined
  /** Express: the URL before a router removed its mount path. */
  readonly originalUrl?: string | undefined
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly socket?: unknown
}

/** Made of a request, by {@link proofOf}. */
const fromRequests = new WeakSet<ProofRequest>()
/** By the request of Node, which is there once for each request that comes in, whatever frameworks make of it. */
const ofConnections = new WeakMap<
  object,
  { readonly from: string | undefined; readonly read: ProofRequest }
>()

/**
 * True for a result of {@link proofOf}. Two calls with the same object are about one request; another object with the
 * same content may belong to a request that was sent again.
 */
export function isOfOneRequest(request: ProofRequest): boolean {
  return fromRequests.has(request)
}

/**
 * Reads from a request what `authenticate` needs to check tokens that are bound to a key (option `bound`). The result
 * is `undefined` for a verifier without that option. It accepts Node requests (including those of Express, and
 * Fastify's `raw`) and Fetch API requests.
 *
 * A proof is valid once. If you authenticate one request several times, call this once and pass the same object each
 * time. For a Node request, this returns the same object each time, as long as method and path stay the same.
 *
 * @param connection if the framework wraps requests: the Node request, which has the client certificate. Otherwise any
 * object that exists once for each request.
 *
 * @example
 * ```ts
 * const access = { scopes: ['Orders.Read'] }
 * await verifier.authenticate(authorizationOf(request), access, { request: proofOf(verifier, request) })
 * ```
 */
export function proofOf(
  verifier: { readonly bound: ProofSources | undefined },
  request: FetchRequest | NodeRequest,
  connection?: object,
): ProofRequest | undefined {
  const sources = verifier.bound
  if (sources === undefined) return undefined
  const peer = connection ?? ('socket' in request ? request : undefined)
  const known = peer === undefined ? undefined : ofConnections.get(peer)
  const read = readProofRequest(sources, request, peer && 'socket' in peer ? peer.socket : undefined)
  // Two guards of one request, whose verifiers may ask for other things: a certificate counts where it came from.
  if (known !== undefined && known.from === sources.certificate && isOfOneCall(known.read, read))
    return known.read
  fromRequests.add(read)
  if (peer !== undefined) ofConnections.set(peer, { from: sources.certificate, read })
  return read
}

/**
 * A later guard sees the same method, and the whole path or its end: an app that is mounted below a path is not told
 * the beginning. Code that turns a request into another call (a part of a batch, an overridden method) needs a proof of
 * that call.
 */
function isOfOneCall(first: ProofRequest, later: ProofRequest): boolean {
  if (later.proof !== first.proof || later.method !== first.method) return false
  const [whole, seen] = [pathOf(first.url), pathOf(later.url)]
  // Of `/shop`, an app at `/shop` sees `/`.
  return seen === '/' || (seen.startsWith('/') && whole.endsWith(seen))
}

function pathOf(address: string): string {
  const [path = ''] = address.replace(/^https?:\/\/[^/?#]*/i, '').split(/[?#]/, 1)
  return path === '' ? '/' : path
}

function readProofRequest(
  { proof, certificate }: ProofSources,
  request: FetchRequest | NodeRequest,
  socket: unknown,
): ProofRequest {
  const header = headerReader(request)
  return Object.freeze({
    method: request.method ?? '',
    url: ('originalUrl' in request ? request.originalUrl : undefined) ?? request.url ?? '',
    ...(proof && { proof: header('dpop') }),
    ...(certificate !== undefined && {
      certificate: certificate === 'tls' ? peerCertificate(socket) : header(certificate),
    }),
  })
}

function headerReader({ headers }: FetchRequest | NodeRequest): (name: string) => ProofRequest['proof'] {
  if (isFetchHeaders(headers)) return (name) => headers.get(name)
  return (name) => (Object.hasOwn(headers, name) ? headers[name] : undefined)
}

function isFetchHeaders(
  headers: FetchRequest['headers'] | NodeRequest['headers'],
): headers is FetchRequest['headers'] {
  return typeof headers.get === 'function'
}

/**
 * The certificate whose key the handshake proved. It does not matter who signed it: the token names exactly this
 * certificate.
 */
function peerCertificate(socket: unknown): Uint8Array | undefined {
  if (typeof socket !== 'object' || socket === null || !('getPeerCertificate' in socket)) return undefined
  const { getPeerCertificate } = socket
  if (typeof getPeerCertificate !== 'function') return undefined
  const certificate: unknown = Reflect.apply(getPeerCertificate, socket, [])
  if (typeof certificate !== 'object' || certificate === null || !('raw' in certificate)) return undefined
  return certificate.raw instanceof Uint8Array ? certificate.raw : undefined
}
