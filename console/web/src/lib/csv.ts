// Calls as a file for spreadsheets.
import { all, type Query } from './api'
import type { Call } from './types'

const columns: [string, (c: Call) => unknown][] = [
  ['call', (c) => c.id], ['created_at', (c) => c.created_at], ['findme_id', (c) => c.findme_id], ['findme', (c) => c.findme_name], ['order', (c) => c.order],
  ['phone', (c) => c.phone], ['page', (c) => c.page], ['ref', (c) => c.ref], ['result', (c) => c.result ?? 'In Progress'], ['cause', (c) => c.cause],
  ['agent', (c) => c.agent], ['agent_name', (c) => c.agent_name], ['accepted_at', (c) => c.accepted_at], ['bridged_at', (c) => c.bridged_at], ['ended_at', (c) => c.ended_at],
  ['talk_seconds', (c) => c.talk_seconds], ['attempts', (c) => c.attempts.map((a) => `${a.name || a.number}: ${a.result}`).join('; ')],
]

/** No cell is taken for a formula. */
function cell(v: unknown): string {
  const s = v === undefined || v === null ? '' : String(v)
  return `"${(/^[=+\-@\t\r]/.test(s) && !/^[+-]?\d+(\.\d+)?$/.test(s) ? "'" + s : s).replaceAll('"', '""')}"`
}

export function csv(calls: Call[]): string {
  return [columns.map(([n]) => n).join(','), ...calls.map((c) => columns.map(([, f]) => cell(f(c))).join(','))].join('\r\n') + '\r\n'
}

export async function download(asked: Query, name: string): Promise<void> {
  const url = URL.createObjectURL(new Blob([csv(await all<Call>('/calls', asked))], { type: 'text/csv' }))
  const a = document.createElement('a')
  a.href = url
  a.download = name
  a.click()
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}
