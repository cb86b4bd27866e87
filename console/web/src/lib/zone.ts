// Days as the account's clocks count them.

function offset(at: Date, zone: string): number {
  const p = new Intl.DateTimeFormat('en-US', { timeZone: zone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' })
    .formatToParts(at)
    .reduce<Record<string, number>>((o, p) => ({ ...o, [p.type]: Number(p.value) }), {})
  return Date.UTC(p['year']!, p['month']! - 1, p['day'], p['hour'], p['minute'], p['second']) - Math.floor(at.getTime() / 1000) * 1000
}

/** The moment a date of the zone begins; days later than it by some. */
export function startOf(date: string, zone: string, later = 0): string {
  const [y, m, d] = date.split('-').map(Number)
  const wall = Date.UTC(y!, m! - 1, d! + later)
  const guess = new Date(wall - offset(new Date(wall), zone))
  return new Date(wall - offset(guess, zone)).toISOString()
}

/** Today's date in the zone, less some days. */
export function today(zone: string, less = 0): string {
  const now = Date.now()
  return new Date(now + offset(new Date(now), zone) - less * 86_400_000).toISOString().slice(0, 10)
}

/** The hour of a moment on the zone's clocks, and its day of the week. */
export function local(at: string | number, zone: string): Date {
  const d = new Date(at)
  return new Date(d.getTime() + offset(d, zone))
}

export function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone })
    return zone !== ''
  } catch {
    return false
  }
}
