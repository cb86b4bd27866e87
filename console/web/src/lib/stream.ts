// Events as they happen. It comes back by itself behind the last one it had, and
// says when some were missed.
import { raw } from './api'

export interface Item {
  id: string
  type: string
  at: string
  call_id?: string
  leg_id?: string
  party?: string
  number?: string
  name?: string
  result?: string
  text?: string
}

export interface Watcher {
  items: (items: Item[]) => void
  /** It begins, or some events were missed: read what is there now. */
  reset: () => void
  /** Whether the server is heard. */
  live: (yes: boolean) => void
}

/** Follows until the returned function is called. */
export function follow(w: Watcher): () => void {
  const stop = new AbortController()
  void run(w, stop.signal)
  return () => stop.abort()
}

const patience = 40_000 // the server says something every 15 s

async function run(w: Watcher, over: AbortSignal): Promise<void> {
  let place = ''
  for (let tries = 0; !over.aborted; tries++) {
    const dead = new AbortController()
    const signal = AbortSignal.any([over, dead.signal])
    let timer = setTimeout(() => dead.abort(), patience)
    try {
      const headers: Record<string, string> = { Accept: 'text/event-stream' }
      if (place) headers['Last-Event-ID'] = place
      const res = await raw('/events', { headers, signal })
      w.live(true)
      tries = 0
      const reader = res.body!.pipeThrough(new TextDecoderStream()).getReader()
      let rest = ''
      for (;;) {
        const { done, value } = await reader.read()
        if (done) break
        clearTimeout(timer)
        timer = setTimeout(() => dead.abort(), patience)
        const frames = (rest + value.replaceAll('\r', '')).split('\n\n')
        rest = frames.pop() ?? ''
        place = told(w, frames, !place) || place
      }
    } catch {
      if (over.aborted) break
    } finally {
      clearTimeout(timer)
    }
    w.live(false)
    await new Promise((r) => setTimeout(r, Math.min(10_000, 500 * 2 ** tries)))
  }
}

/** Hands on what frames say, and returns the last place named. */
function told(w: Watcher, frames: string[], first: boolean): string {
  let place = ''
  const items: Item[] = []
  for (const frame of frames) {
    let type = ''
    let data = ''
    for (const line of frame.split('\n')) {
      if (line.startsWith('id:')) place = line.slice(3).trim()
      else if (line.startsWith('event:')) type = line.slice(6).trim()
      else if (line.startsWith('data:')) data += line.slice(5)
    }
    if (type === 'reset' || (type === 'ready' && first)) w.reset()
    else if (data.trim()) {
      const item = JSON.parse(data) as Item
      if (item.type) items.push(item)
    }
  }
  if (items.length) w.items(items)
  return place
}
