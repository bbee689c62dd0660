/** Seconds in words, two units at most. */
export function duration(seconds: number): string {
  const rest = Math.max(0, Math.round(seconds))
  const units = [
    ['day', Math.floor(rest / 86_400)],
    ['hour', Math.floor(rest / 3600) % 24],
    ['minute', Math.floor(rest / 60) % 60],
    ['second', rest % 60],
  ] as const
  const first = units.findIndex(([, count]) => count > 0)
  if (first === -1) return 'less than a second'
  return units
    .slice(first, first + 2)
    .filter(([, count]) => count > 0)
    .map(([unit, count]) => `${count} ${unit}${count === 1 ? '' : 's'}`)
    .join(' ')
}

/** The last moment that `Date` knows, in seconds. */
const latest = 8_640_000_000_000

function dateOf(seconds: number): Date | undefined {
  return Math.abs(seconds) <= latest ? new Date(seconds * 1000) : undefined
}

/** A moment in UTC, to the second. */
export function utc(seconds: number): string {
  const date = dateOf(seconds)
  if (date === undefined) return 'a moment beyond the calendar'
  return `${date
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, '')} UTC`
}

/** A moment in ISO 8601, for machines. */
export function iso(seconds: number): string | undefined {
  return dateOf(seconds)?.toISOString()
}

/** A moment on the wall clock of a time zone, with its difference to UTC. */
export function local(seconds: number, timeZone: string | undefined): string | undefined {
  const date = dateOf(seconds)
  if (date === undefined) return undefined
  const format = new Intl.DateTimeFormat('en-US', {
    ...(timeZone !== undefined && { timeZone }),
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    timeZoneName: 'longOffset',
  })
  const parts = new Map(format.formatToParts(date).map(({ type, value }) => [type, value]))
  const part = (type: Intl.DateTimeFormatPartTypes): string => parts.get(type) ?? ''
  const offset = part('timeZoneName').replace(/^GMT$/, 'GMT+00:00').replace('GMT', 'UTC')
  return `${part('year')}-${part('month')}-${part('day')} ${part('hour')}:${part('minute')}:${part('second')} ${offset}`
}
