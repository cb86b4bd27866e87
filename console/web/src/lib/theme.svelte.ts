// Dark, light, or as the system has it.
export type Theme = 'system' | 'light' | 'dark'

class Themes {
  now = $state<Theme>((localStorage.getItem('theme') as Theme | null) ?? 'system')

  constructor() {
    this.show()
  }

  set(t: Theme): void {
    this.now = t
    localStorage.setItem('theme', t)
    this.show()
  }

  private show(): void {
    if (this.now === 'system') delete document.documentElement.dataset['theme']
    else document.documentElement.dataset['theme'] = this.now
  }
}

export const theme = new Themes()
