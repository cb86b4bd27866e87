// Addresses: a path for the page, a query for what is shown on it, so that both
// can be sent to somebody and the browser's buttons work.
class Router {
  path = $state(location.pathname)
  search = $state(location.search)

  constructor() {
    addEventListener('popstate', () => this.read())
    document.addEventListener('click', (e) => this.click(e))
  }

  get segments(): string[] {
    return this.path.split('/').filter(Boolean)
  }

  get params(): URLSearchParams {
    return new URLSearchParams(this.search)
  }

  go(to: string, replace = false): void {
    history[replace ? 'replaceState' : 'pushState'](null, '', to)
    this.read()
  }

  private read(): void {
    this.path = location.pathname
    this.search = location.search
  }

  private click(e: MouseEvent): void {
    if (e.defaultPrevented || e.button !== 0 || e.metaKey || e.ctrlKey || e.shiftKey || e.altKey) return
    const a = (e.target as Element).closest('a')
    if (!a || a.target || a.hasAttribute('download') || a.origin !== location.origin || a.hash || a.hasAttribute('data-native')) return
    e.preventDefault()
    this.go(a.pathname + a.search)
  }
}

export const router = new Router()
