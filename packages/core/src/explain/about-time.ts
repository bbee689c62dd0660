import { errorPage, type Finding } from './finding.ts'
import { secondsOf, type Facts } from './facts.ts'
import { member } from '../token/strict-json.ts'
import { duration, utc } from './time.ts'
import { quote } from './printable.ts'

/** Seconds that a verifier tolerates unless it is told otherwise. */
const tolerance = 300

/** Times against each other and against the clock of this machine. */
export function aboutTime({ payload, now }: Facts): readonly Finding[] {
  const wrong = ['iat', 'nbf', 'exp'].find(
    (name) => Object.hasOwn(payload, name) && secondsOf(payload, name) === undefined,
  )
  if (wrong !== undefined) {
    return [
      {
        id: 'time_invalid',
        severity: 'error',
        code: 'claim_invalid',
        seen: `The claim ${wrong} is ${quote(member(payload, wrong))}.`,
        meaning: 'Times are numbers: seconds since 1970-01-01 00:00 UTC.',
        advice: 'Entra never issues such a token. Find out who did.',
        link: errorPage('claim_invalid'),
      },
    ]
  }
  const issued = secondsOf(payload, 'iat')
  const begins = secondsOf(payload, 'nbf')
  const ends = secondsOf(payload, 'exp')
  if (begins !== undefined && ends !== undefined && begins > ends) return [contradiction(begins, ends)]
  return [...aboutEnd(ends, now), ...aboutBegin(issued, begins, now)]
}

function contradiction(begins: number, ends: number): Finding {
  return {
    id: 'times_contradict',
    severity: 'error',
    code: 'claim_invalid',
    seen: `The token becomes valid (nbf ${utc(begins)}) after it expires (exp ${utc(ends)}).`,
    meaning: 'It was never valid. Entra never issues such a token.',
    advice: 'Find out who issued it.',
    link: errorPage('claim_invalid'),
  }
}

function aboutEnd(ends: number | undefined, now: number): readonly Finding[] {
  if (ends === undefined) return []
  if (now < ends) return []
  const isTolerated = now < ends + tolerance
  return [
    {
      id: isTolerated ? 'expired_within_tolerance' : 'expired',
      severity: isTolerated ? 'warning' : 'error',
      code: 'token_expired',
      seen: `The token expired ${duration(now - ends)} ago, at ${utc(ends)}. It is ${utc(now)} on this machine.`,
      meaning: isTolerated
        ? `A verifier still accepts it: it lets clocks differ by ${duration(tolerance)}.`
        : 'Every verifier refuses it. Access tokens usually live 60 to 90 minutes.',
      advice:
        'Let the client request a new token shortly before the old one expires (its library does that if it asks for a token before every call). If the token is new, the clock of this machine is ahead.',
      link: errorPage('token_expired'),
    },
  ]
}

function aboutBegin(issued: number | undefined, begins: number | undefined, now: number): readonly Finding[] {
  const latest = Math.max(issued ?? 0, begins ?? 0)
  if (latest <= now) return []
  const name = latest === begins ? 'nbf' : 'iat'
  const isTolerated = latest <= now + tolerance
  return [
    {
      id: isTolerated ? 'clock_skewed' : 'not_yet_valid',
      severity: isTolerated ? 'warning' : 'error',
      code: 'token_not_yet_valid',
      seen: `The token is from the future: ${name} is ${utc(latest)}, ${duration(latest - now)} ahead of the clock of this machine.`,
      meaning: `The two clocks differ. Entra sets these times five minutes back, so the real difference is about ${duration(latest - now + 300)}.${
        isTolerated
          ? ` A verifier tolerates ${duration(tolerance)}.`
          : ' Every verifier refuses the token for now.'
      }`,
      advice:
        'Set the clock of this machine by NTP. Containers and virtual machines that slept are the usual cause.',
      link: errorPage('token_not_yet_valid'),
    },
  ]
}
