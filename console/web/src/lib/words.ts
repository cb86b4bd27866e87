// Numbers, times and results as people read them.

/** +15551112222 as (555) 111-2222; other countries' as they are. */
export function phone(n: string | undefined | null): string {
  const m = /^\+1(\d{3})(\d{3})(\d{4})$/.exec(n ?? '')
  return m ? `(${m[1]}) ${m[2]}-${m[3]}` : (n ?? '')
}

const time = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' })
const both = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' })

export const clock = (t: string | Date | undefined | null): string => (t ? time.format(new Date(t)) : '')
export const moment = (t: string | Date | undefined | null): string => (t ? both.format(new Date(t)) : '')

/** 75 as 1:15; below a minute as 15 s. */
export function span(seconds: number): string {
  const s = Math.max(0, Math.round(seconds))
  if (s < 60) return `${s} s`
  const m = Math.floor(s / 60)
  if (m < 60) return `${m}:${String(s % 60).padStart(2, '0')}`
  return `${Math.floor(m / 60)}:${String(m % 60).padStart(2, '0')}:${String(s % 60).padStart(2, '0')}`
}

/** The colour of a result; its word is always beside it. */
export function tone(result: string | undefined): 'good' | 'warn' | 'bad' | 'busy' | '' {
  switch (result) {
    case 'Connected': case 'Talked': case 'Accepted': case 'Answered': case 'Transferred': case 'sent': case 'ready':
      return 'good'
    case 'No Answer': case 'Busy': case 'Declined': case 'Not Accepted': case 'On Another Call': case 'Not On Shift': case 'pending':
      return 'warn'
    case 'Failed': case 'Interrupted': case 'Opted Out': case 'failed':
      return 'bad'
    case 'In Progress': case 'recording':
      return 'busy'
    default:
      return ''
  }
}

export const plural = (n: number, one: string, many = one + 's'): string => `${n.toLocaleString()} ${n === 1 ? one : many}`

/** What a text says beyond the result it comes with: Busy (Busy Here) says no more. */
export function reason(text: string | undefined, result: string): string {
  const t = text ?? ''
  const inner = t.startsWith(result + ' (') ? t.slice(result.length + 2, -1) : t
  return [result, `${result} Here`, result.replace(/d$/, '')].includes(inner) ? '' : inner
}
