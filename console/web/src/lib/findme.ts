// A FindMe as /v1 has it, and as the editor holds it.
import { hm, type Span } from './hours'

export interface Hours { day: string; from: string; to: string }
export interface Schedule { time_zone?: string; hours?: Hours[]; closed?: string[] }
export interface Target {
  number: string
  name?: string
  timeout?: number
  delay?: number
  weight?: number
  paused?: boolean
  extension?: string
  extension_wait?: number
  schedule?: Schedule
}
export interface FindMe {
  id: number
  name: string
  timeout: number
  loop_count?: number
  numbers: Target[]
  strategy?: string
  simul?: number
  list_type?: string
  schedule?: Schedule
  on_another_call?: string
  decline_ends_hunt?: boolean
  sticky_days?: number
  auto_accept?: string
  detect_machine?: boolean
  screen: { method?: string; text?: string; audio?: string; accept?: string; decline?: string; pass?: string; opt_out?: string; tries?: number; seconds?: number }
  hold: { music?: string; repeat?: string }
  voice: { language?: string; greeting?: string; greeting_audio?: string; prompt?: string; apology?: string; apology_audio?: string }
  record: { on?: boolean; announce?: string; keep_days?: number }
  end: { action?: string; number?: string; emails?: string[]; max_seconds?: number; after_minutes?: number; next_open?: boolean; max_calls?: number; from?: string; to?: string }
}

/** A line with what tells it from others while it is moved. */
export type Row = Target & { key: number }

export function blank(): FindMe {
  return { id: 0, name: '', timeout: 30, loop_count: 1, numbers: [], strategy: 'in_order', simul: 1, screen: {}, hold: {}, voice: {}, record: {}, end: {} }
}

const names = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']
const minutes = (t: string) => Number(t.slice(0, 2)) * 60 + Number(t.slice(3, 5))

export const spansOf = (s: Schedule | undefined): Span[] => (s?.hours ?? []).map((h) => ({ day: names.indexOf(h.day), from: minutes(h.from), to: minutes(h.to) }))
export const hoursOf = (spans: Span[]): Hours[] => spans.map((s) => ({ day: names[s.day]!, from: hm(s.from), to: hm(s.to) }))

/** Leaves out what says nothing, so that the server's defaults hold. */
export function prune<T>(v: T): T {
  if (Array.isArray(v)) return v.map(prune) as T
  if (v === null || typeof v !== 'object') return v
  return Object.fromEntries(
    Object.entries(v)
      .filter(([k, x]) => x !== '' && x !== undefined && x !== null && x !== false && k !== 'key' && !(typeof x === 'number' && Number.isNaN(x)))
      .map(([k, x]) => [k, prune(x)]),
  ) as T
}
