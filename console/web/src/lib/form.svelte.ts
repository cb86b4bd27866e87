// What is wrong with a form's fields, as the server said it.
import { Problem, words } from './api'
import { toast } from './toast.svelte'

export class Form {
  wrong = $state<Record<string, string>>({})
  trouble = $state('')
  busy = $state(false)

  /** Does it; false where it failed, with the reason at its field. */
  async send(names: string[], does: () => Promise<void>, done = ''): Promise<boolean> {
    if (this.busy) return false
    this.busy = true
    this.wrong = {}
    this.trouble = ''
    try {
      await does()
      if (done) toast(done)
      return true
    } catch (e) {
      const fields = e instanceof Problem ? guess(e) : {}
      this.wrong = Object.fromEntries(Object.entries(fields).filter(([f]) => names.includes(f)))
      if (!Object.keys(this.wrong).length) this.trouble = words(e)
      return false
    } finally {
      this.busy = false
    }
  }
}

/** The field of a problem that names it in words alone. */
function guess(p: Problem): Record<string, string> {
  if (Object.keys(p.fields).length) return p.fields
  const m = /^Invalid ([a-z_]+)(?: [^:]*)?: (.+)$/.exec(p.message)
  return m ? { [m[1]!]: m[2]! } : {}
}
