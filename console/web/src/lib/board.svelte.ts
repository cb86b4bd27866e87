// The calls that go on, and those that ended a moment ago: read once, then kept
// by events.
import type { Item } from './stream'
import type { Attempt, Call } from './types'
import { phone } from './words'

export interface Leg {
  id: string
  party: string
  number: string
  name: string
  state: 'dialling' | 'ringing' | 'answered' | 'accepted' | 'talking' | 'ended' | 'skipped'
  since: number // ms of this server's clock
  began: number
  result: string
  why: string
}

export interface LiveCall {
  id: string
  title: string
  phone: string
  page: string
  ref: string
  findMe: number
  began: number
  bridged: number
  ended: number
  result: string
  why: string
  say: string // the last thing that happened, in words
  legs: Leg[]
}

const keepEnded = 12

/** Events may come after what was read already knew them: nothing goes back. */
const rank = { dialling: 0, ringing: 1, answered: 2, accepted: 3, talking: 4, ended: 5, skipped: 5 }

export class Board {
  calls = $state<LiveCall[]>([])
  /** What the browser's clock is ahead of the server's, ms. */
  skew = $state(0)
  private measured = false

  /** Puts what was read in place; what events told meanwhile is not lost. */
  read(open: Call[]): void {
    const known = new Set(open.map((c) => c.id))
    const ended = this.calls.filter((c) => c.ended && !known.has(c.id))
    this.calls = [...open.map(fromCall), ...ended].sort((a, b) => b.began - a.began)
  }

  /** Takes events in; returns calls that were not known and have to be read. */
  take(items: Item[]): string[] {
    const unknown: string[] = []
    for (const i of items) {
      const at = Date.parse(i.at)
      const ahead = Date.now() - at
      if (!this.measured || ahead < this.skew) {
        this.skew = ahead
        this.measured = true
      }
      if (!i.call_id) continue
      let c = this.calls.find((c) => c.id === i.call_id)
      if (!c) {
        if (i.type === 'notice.tried' || i.type === 'call.ended') continue
        c = blank(i, at)
        this.calls.unshift(c)
        c = this.calls[0]!
        unknown.push(i.call_id)
      }
      change(c, i, at)
    }
    this.forget()
    return unknown
  }

  /** Fills in what the events of a call do not say. */
  fill(call: Call): void {
    const c = this.calls.find((c) => c.id === call.id)
    if (!c) return
    const full = fromCall(call)
    c.title = full.title
    c.phone = full.phone
    c.page = full.page
    c.ref = full.ref
    c.findMe = full.findMe
    c.began = full.began
    for (const l of full.legs) if (!c.legs.some((m) => m.id === l.id)) c.legs.push(l)
    c.legs.sort((a, b) => a.began - b.began)
  }

  private forget(): void {
    const ended = this.calls.filter((c) => c.ended).sort((a, b) => b.ended - a.ended)
    const old = new Set(ended.slice(keepEnded).map((c) => c.id))
    if (old.size) this.calls = this.calls.filter((c) => !old.has(c.id))
  }
}

function blank(i: Item, at: number): LiveCall {
  return {
    id: i.call_id!, title: i.name ?? '', phone: i.party === 'phone_to_call' ? (i.number ?? '') : '', page: '', ref: '', findMe: 0,
    began: at, bridged: 0, ended: 0, result: '', why: '', say: 'A click', legs: [],
  }
}

function ms(t: string | undefined): number {
  return t ? Date.parse(t) : 0
}

export function fromCall(c: Call): LiveCall {
  const bridged = ms(c.bridged_at)
  return {
    id: c.id, title: c.findme_name ?? '', phone: c.phone, page: c.page ?? '', ref: c.ref ?? '', findMe: c.findme_id ?? 0,
    began: ms(c.created_at), bridged, ended: ms(c.ended_at), result: c.result ?? '', why: c.cause ?? '', say: '',
    legs: c.attempts.map((a) => fromAttempt(a, !!bridged && !c.ended_at)),
  }
}

function fromAttempt(a: Attempt, bridged: boolean): Leg {
  const result = a.result === 'Dialing' ? '' : a.result
  const won = result === 'Accepted' || result === 'Answered'
  let state: Leg['state'] = a.answered_at ? 'answered' : 'ringing'
  if (result) state = won ? (bridged ? 'talking' : result === 'Accepted' ? 'accepted' : 'answered') : 'ended'
  return {
    id: a.id, party: a.party, number: a.number, name: a.name ?? '', state, began: ms(a.started_at),
    since: ms(a.ended_at) || ms(a.answered_at) || ms(a.started_at), result, why: a.text ?? '',
  }
}

function legOf(c: LiveCall, i: Item, at: number): Leg {
  const there = c.legs.find((l) => l.id === i.leg_id)
  if (there) return there
  c.legs.push({
    id: i.leg_id ?? `${i.id}`, party: i.party ?? '', number: i.number ?? '', name: i.name ?? '', state: 'dialling', since: at, began: at, result: '', why: '',
  })
  return c.legs[c.legs.length - 1]!
}

function change(c: LiveCall, i: Item, at: number): void {
  const put = (state: Leg['state'], say: string) => {
    const l = legOf(c, i, at)
    if (rank[state] > rank[l.state] || (l.state === 'talking' && state === 'ended')) {
      l.state = state
      l.since = at
    }
    if (i.name) l.name = i.name
    c.say = `${l.name || phone(l.number)} ${say}`
    return l
  }
  switch (i.type) {
    case 'call.created':
      if (i.name) c.title = i.name
      break
    case 'leg.started':
      put('dialling', 'is dialled')
      break
    case 'leg.ringing': case 'leg.early_media':
      put('ringing', 'rings')
      break
    case 'leg.answered':
      put('answered', 'answered')
      break
    case 'leg.accepted':
      put('accepted', 'accepted')
      break
    case 'leg.ended': {
      const before = legOf(c, i, at).state
      if (i.result === 'Released') {
        const l = put('ended', 'hung up')
        l.result = before === 'talking' ? 'Talked' : before === 'accepted' ? 'Accepted' : before === 'answered' ? 'Answered' : 'Released'
        break
      }
      const won = i.result === 'Accepted' || i.result === 'Answered' 
      const l = put(won ? (c.bridged ? 'talking' : i.result === 'Accepted' ? 'accepted' : 'answered') : 'ended', (i.result ?? 'ended').toLowerCase())
      l.result = i.result ?? ''
      l.why = i.text ?? ''
      break
    }
    case 'leg.skipped': {
      const l = put('skipped', 'was not dialled')
      l.result = i.result || i.text || ''
      l.why = i.text ?? ''
      break
    }
    case 'call.hunt_ended':
      c.say = i.text ? `The list is through: ${i.text}` : 'The list is through'
      break
    case 'call.transferring':
      c.say = 'Goes on to another number'
      break
    case 'call.bridged':
      c.bridged = at
      c.say = 'The two talk'
      for (const l of c.legs) if (l.state === 'accepted' || (l.state === 'answered' && l.party !== 'findme')) Object.assign(l, { state: 'talking', since: at })
      break
    case 'call.released':
      c.say = i.text ?? 'Hung up'
      break
    case 'call.ended':
      c.ended = at
      c.result = i.result ?? i.text ?? ''
      c.say = c.result
      for (const l of c.legs) if (l.state !== 'ended' && l.state !== 'skipped') Object.assign(l, { state: 'ended', result: l.state === 'talking' ? 'Talked' : l.result })
      break
  }
}
