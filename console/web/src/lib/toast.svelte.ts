// Short words about what just happened. Screen readers are told of them; what
// went wrong stays until it is closed.
export interface Toast {
  id: number
  text: string
  bad: boolean
}

let next = 1
export const toasts = $state<Toast[]>([])

export function toast(text: string, bad = false): void {
  const t = { id: next++, text, bad }
  toasts.push(t)
  if (!bad) setTimeout(() => dismiss(t.id), 6000)
}

export function dismiss(id: number): void {
  const i = toasts.findIndex((t) => t.id === id)
  if (i >= 0) toasts.splice(i, 1)
}
