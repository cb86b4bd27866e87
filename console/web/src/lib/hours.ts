// Hours of a week as spans of minutes, painted half an hour at a time, without
// loss of what is written more exactly.
export interface Span {
  day: number // 0 = Sunday
  from: number // minutes after midnight
  to: number // at most 1440; below from = over midnight
}

export const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
/** As the week is shown: Monday first. */
export const week = [1, 2, 3, 4, 5, 6, 0]

export const hm = (m: number): string => `${String(Math.floor(m / 60)).padStart(2, '0')}:${String(m % 60).padStart(2, '0')}`

/** Spans that end on the day they begin on. */
export function split(spans: Span[]): Span[] {
  return spans.flatMap((s) =>
    s.to > s.from ? [s] : [{ ...s, to: 1440 }, { day: (s.day + 1) % 7, from: 0, to: s.to }].filter((p) => p.to > p.from),
  )
}

/** Spans in order, joined where they touch. */
export function tidy(spans: Span[]): Span[] {
  const out: Span[] = []
  for (const s of [...split(spans)].sort((a, b) => a.day - b.day || a.from - b.from)) {
    const last = out[out.length - 1]
    if (last && last.day === s.day && s.from <= last.to) last.to = Math.max(last.to, s.to)
    else out.push({ ...s })
  }
  return out
}

export function add(spans: Span[], s: Span): Span[] {
  return tidy([...spans, s])
}

export function remove(spans: Span[], s: Span): Span[] {
  return tidy(spans).flatMap((p) =>
    p.day !== s.day || p.to <= s.from || p.from >= s.to
      ? [p]
      : [{ ...p, to: s.from }, { ...p, from: s.to }].filter((q) => q.to > q.from),
  )
}

export function isOpen(spans: Span[], day: number, minute: number): boolean {
  return split(spans).some((s) => s.day === day && s.from <= minute && minute < s.to)
}

/** A day as people write it: 08:00-12:00, 13:00-17:30. */
export function writeDay(spans: Span[], day: number): string {
  return tidy(spans).filter((s) => s.day === day).map((s) => `${hm(s.from)}-${hm(s.to)}`).join(', ')
}

/** What writeDay wrote; a string says what is wrong. */
export function readDay(text: string, day: number): Span[] | string {
  const out: Span[] = []
  for (const part of text.split(/[,;]/).map((p) => p.trim()).filter(Boolean)) {
    const m = /^(\d{1,2})(?::?(\d{2}))?\s*[-–]\s*(\d{1,2})(?::?(\d{2}))?$/.exec(part)
    if (!m) return `“${part}” is not like 08:00-17:30`
    const from = Number(m[1]) * 60 + Number(m[2] ?? 0)
    const to = Number(m[3]) * 60 + Number(m[4] ?? 0)
    if (from >= 1440 || to > 1440 || from === to) return `“${part}”: hours go from 00:00 to 24:00`
    out.push({ day, from, to })
  }
  return out
}
