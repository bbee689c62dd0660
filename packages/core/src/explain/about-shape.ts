import { errorPage, pages, type Finding } from './finding.ts'
import { textOf, type Facts } from './facts.ts'
import { quote } from './printable.ts'
import { member } from '../token/strict-json.ts'

/** Characters that a verifier accepts unless it is told otherwise. */
const usualLimit = 16_384

export function unreadable(reason: string): Finding {
  return {
    id: 'token_unreadable',
    severity: 'error',
    code: 'token_malformed',
    seen: `This is not a JWT: ${reason}.`,
    meaning:
      'An access token is three base64url parts with dots between them; the first two are JSON objects.',
    advice:
      'Copy the whole token, without line breaks. Clients also get opaque tokens (refresh tokens, codes, tokens for personal accounts of some Microsoft APIs): those are not for your API.',
    link: errorPage('token_malformed'),
  }
}

export const encrypted: Finding = {
  id: 'token_encrypted',
  severity: 'error',
  code: 'token_encrypted',
  seen: 'The token has five parts: it is encrypted (JWE).',
  meaning:
    'Only the holder of the private key can read it. Entra encrypts tokens when the registration of the API has a token encryption certificate.',
  advice:
    'Remove the certificate: Enterprise applications > the API > Token encryption (tokenEncryptionKeyId in the manifest).',
  link: errorPage('token_encrypted'),
}

/** What is unusual about the envelope: parts, header, binding. */
export function aboutShape(facts: Facts): readonly Finding[] {
  const { header, payload, irregularities, length } = facts
  const findings: Finding[] = []
  if (irregularities.length > 0) {
    findings.push({
      id: 'token_irregular',
      severity: 'error',
      code: 'token_malformed',
      seen: `The token can be read, but ${irregularities.join(' and ')}.`,
      meaning:
        'A strict parser refuses it: a token that can be read in two ways can pass one check and deceive the next.',
      advice:
        'Copy it again, as one line. If it really arrived like this, something between the issuer and the API changed it.',
      link: errorPage('token_malformed'),
    })
  }
  if (length > usualLimit) {
    findings.push({
      id: 'token_too_large',
      severity: 'warning',
      code: 'token_too_large',
      seen: `The token has ${length} characters.`,
      meaning: `A verifier accepts ${usualLimit} unless it is told otherwise, and many servers refuse headers of 8 to 16 kB before that.`,
      advice:
        'Emit fewer claims. Groups are the usual cause: let the registration emit only the groups assigned to the application.',
      link: errorPage('token_too_large'),
    })
  }
  return [...findings, ...aboutHeader(facts), ...aboutBinding(header, payload)]
}

function aboutHeader(facts: Facts): readonly Finding[] {
  return [...aboutAlgorithm(facts), ...aboutType(facts), ...aboutExtensions(facts), ...aboutKeyId(facts)]
}

function aboutAlgorithm({ header }: Facts): readonly Finding[] {
  const algorithm = member(header, 'alg')
  if (algorithm === 'RS256') return []
  return [
    {
      id: 'algorithm_refused',
      severity: 'error',
      code: 'algorithm_refused',
      seen: `The algorithm (alg) is ${quote(algorithm)}.`,
      meaning:
        'Entra signs access tokens with RS256 and nothing else. This one comes from somewhere else, or was made by hand.',
      advice: 'Find out who issued it. Never let a token choose the algorithm that it is checked with.',
      link: errorPage('algorithm_refused'),
    },
  ]
}

function aboutType({ header }: Facts): readonly Finding[] {
  const type = textOf(header, 'typ')
  if (type === undefined || isAccessTokenType(type) || isBoundType(type)) return []
  return [
    {
      id: 'token_type_refused',
      severity: 'error',
      code: 'token_type_refused',
      seen: `The type (typ) is ${quote(type)}.`,
      meaning: 'This is some other kind of token (a logout token, say), not an access token.',
      advice: 'Send the access token.',
      link: errorPage('token_type_refused'),
    },
  ]
}

function aboutExtensions({ header }: Facts): readonly Finding[] {
  const extension = ['crit', 'b64'].find((name) => Object.hasOwn(header, name))
  if (extension === undefined) return []
  return [
    {
      id: 'header_refused',
      severity: 'error',
      code: 'header_refused',
      seen: `The header has "${extension}".`,
      meaning: 'It requires an extension that changes what the signature means. Entra never uses one.',
      advice: 'Find out who issued the token.',
      link: errorPage('header_refused'),
    },
  ]
}

function aboutKeyId({ header, payload }: Facts): readonly Finding[] {
  if (textOf(header, 'kid') !== undefined || Object.keys(payload).length === 0) return []
  return [
    {
      id: 'key_id_missing',
      severity: 'error',
      code: 'token_malformed',
      seen: 'The header names no key (kid).',
      meaning: 'Entra always names the key that signed. Without a name, a verifier would have to guess.',
      advice: 'Find out who issued the token.',
      link: errorPage('token_malformed'),
    },
  ]
}

function isAccessTokenType(type: string): boolean {
  return /^(?:application\/)?(?:at\+)?jwt$/i.test(type)
}

function isBoundType(type: string): boolean {
  return type.toLowerCase() === 'pop'
}

function aboutBinding(header: Facts['header'], payload: Facts['payload']): readonly Finding[] {
  const isBound = Object.hasOwn(payload, 'cnf')
  const isRequest = isBoundType(textOf(header, 'typ') ?? '')
  if (!isBound && !isRequest) return []
  return [
    {
      id: 'bound_token',
      severity: 'error',
      code: isRequest ? 'token_type_refused' : 'bound_token_refused',
      seen: isBound ? 'The token has a "cnf" claim.' : 'The type (typ) is "pop".',
      meaning:
        'It is bound to a key, and the sender must prove possession of that key. As a plain bearer token it would lose that protection.',
      advice: isRequest
        ? 'Let the client request a bearer token for this API.'
        : 'Let the client request a bearer token for this API, or let the API accept bound tokens with their proofs (the option bound, with dpop or mtls of @entraguard/core/pop). No proof was checked here.',
      link: isRequest ? errorPage('token_type_refused') : errorPage('bound_token_refused'),
    },
  ]
}

/** What stood before the token. */
export function aboutScheme({ scheme }: Facts): readonly Finding[] {
  if (scheme === undefined) return []
  return [scheme.toLowerCase() === 'bearer' ? hadScheme : otherScheme(scheme)]
}

const hadScheme: Finding = {
  id: 'pasted_with_scheme',
  severity: 'info',
  seen: 'The text began with "Bearer".',
  meaning: 'That is the scheme of the Authorization header, not a part of the token. It was left out here.',
  advice: 'Nothing to do. In code, give only the token to verify(), and the whole header to authenticate().',
  link: pages.accessTokens,
}

function otherScheme(scheme: string): Finding {
  return {
    id: 'other_scheme',
    severity: 'error',
    code: 'scheme_refused',
    seen: `The text began with "${scheme}".`,
    meaning:
      'This is a scheme for tokens that are bound to a key. An API with this library refuses the request without looking at the token, unless it accepts such tokens (the option bound).',
    advice:
      'Let the client request a bearer token (in MSAL the default authentication scheme) and send it as "Authorization: Bearer <token>".',
    link: errorPage('scheme_refused'),
  }
}
