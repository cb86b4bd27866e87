// A list of the server's, page by page.
import { call, query, words, type List, type Query } from './api'

export class Pages<T> {
  items = $state<T[]>([])
  next = $state<string | undefined>()
  busy = $state(true)
  trouble = $state('')
  private asked = 0

  constructor(
    private path: string,
    private limit = 50, // 0 = the list has no pages
  ) {}

  async read(q: Query = {}, more = false): Promise<void> {
    const mine = ++this.asked
    this.busy = true
    this.trouble = ''
    try {
      const l = await call<List<T>>(this.path + query({ ...q, limit: this.limit || '', cursor: more ? this.next : '' }))
      if (mine !== this.asked) return
      this.items = more ? [...this.items, ...l.items] : l.items
      this.next = l.next
    } catch (e) {
      if (mine === this.asked) this.trouble = words(e)
    }
    if (mine === this.asked) this.busy = false
  }
}
