// Who rings when if nobody accepts: the server's rules (docs/hunting.md), for
// people who set up a list. Chance is drawn once, so that the picture stays.
export interface Line {
  number: string
  name?: string
  timeout?: number
  delay?: number
  weight?: number
  paused?: boolean
}

export interface Ring {
  line: number
  pass: number
  from: number // seconds since the hunt began
  wait: number // of these, before it rings
  to: number
}

export interface List {
  strategy: string
  simul: number
  loops: number
  timeout: number
  lines: Line[]
}

/** The rings of a hunt nobody accepts; off are the lines that are not rung. */
export function plan(list: List, off: Set<number>): Ring[] {
  const rings: Ring[] = []
  let begin = 0
  for (let pass = 1; pass <= list.loops; pass++) {
    const slots = Array.from({ length: list.strategy === 'all_at_once' ? Math.max(1, list.lines.length) : Math.max(1, list.simul) }, () => begin)
    for (const line of order(list, off, pass)) {
      const l = list.lines[line]!
      const slot = slots.indexOf(Math.min(...slots))
      const from = slots[slot]!
      const to = from + (l.delay ?? 0) + (l.timeout || list.timeout)
      rings.push({ line, pass, from, wait: l.delay ?? 0, to })
      slots[slot] = to
    }
    begin = Math.max(begin, ...slots)
  }
  return rings
}

function order(list: List, off: Set<number>, pass: number): number[] {
  const left = list.lines.map((_, i) => i).filter((i) => !list.lines[i]!.paused && !off.has(i))
  if (list.strategy !== 'random' && list.strategy !== 'weighted') return left
  const out: number[] = []
  const heavy = (i: number) => (list.strategy === 'random' ? 1 : Math.max(1, list.lines[i]!.weight ?? 1))
  let seed = 7 * pass
  while (left.length) {
    seed = (seed * 1103515245 + 12345) % 2147483648
    let at = (seed / 2147483648) * left.reduce((sum, i) => sum + heavy(i), 0)
    let k = 0
    while (k < left.length - 1 && at >= heavy(left[k]!)) at -= heavy(left[k++]!)
    out.push(...left.splice(k, 1))
  }
  return out
}

export const strategies: { value: string; name: string; text: string }[] = [
  { value: 'in_order', name: 'In order', text: 'As written, the first always first. For a list with a clear first choice.' },
  { value: 'all_at_once', name: 'All at once', text: 'Everybody rings; the first who accepts has the call. The fastest answer, and the most phones disturbed.' },
  { value: 'round_robin', name: 'Round robin', text: 'Each call begins one further than the last. Shares calls fairly.' },
  { value: 'least_recent', name: 'Longest idle', text: 'Who was rung longest ago comes first. Fair even when calls come in bursts.' },
  { value: 'random', name: 'Random', text: 'Every order is as likely.' },
  { value: 'weighted', name: 'Weighted', text: 'Drawn by lot, where a weight of 3 comes first three times as often as 1.' },
]
