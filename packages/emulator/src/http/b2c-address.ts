/**
 * The tenant segment and the policy of a B2C address: `/{tenant}/{policy}/…`, `/tfp/{tenant}/{policy}/…` or `?p=`. Where it
 * stands twice, as passport-azure-ad writes it, the path counts.
 */
export function b2cAddress(url: URL): { segment: string; policyName: string; path: string } {
  const segments = url.pathname.split('/').slice(1)
  if (segments[0] === 'tfp') segments.shift()
  const [segment = '', ...rest] = segments
  const asked = url.searchParams.get('p')
  const isInPath = /^b2c_1a?_/i.test(rest[0] ?? '')
  if (asked !== null && !isInPath) return { segment, policyName: asked, path: rest.join('/') }
  return { segment, policyName: rest[0] ?? '', path: rest.slice(1).join('/') }
}
