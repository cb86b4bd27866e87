// Asks before something that cannot be taken back.
export interface Question {
  title: string
  text: string
  yes: string
  answer: (sure: boolean) => void
}

export const asked = $state<{ now: Question | null }>({ now: null })

export function sure(title: string, text: string, yes: string): Promise<boolean> {
  return new Promise((answer) => {
    asked.now = { title, text, yes, answer }
  })
}
