// The only way to the server: /v1, with the session's cookie. A change names the
// session's token, so that no foreign page can make it.

/** What went wrong, as RFC 9457 says it. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    /** What is wrong with each field, by its name. */
    readonly fields: Record<string, string> = {},
    readonly retryAfter = 0,
  ) {
    super(message)
  }
}

interface ProblemBody {
  code?: string
  detail?: string
  title?: string
  retry_after?: number
  errors?: { field?: string; message?: string }[]
}

let csrf = ''
let account = 0
let signedOut: () => void = () => {}

export const setToken = (t: string): void => void (csrf = t)
export const setAccount = (id: number): void => void (account = id)
export const onSignedOut = (f: () => void): void => void (signedOut = f)

/** Values of a query; what is empty is left out. */
export type Query = Record<string, string | number | boolean | undefined | null>

export function query(q: Query): string {
  const p = new URLSearchParams()
  for (const [k, v] of Object.entries(q)) if (v !== undefined && v !== null && v !== '' && v !== false) p.set(k, String(v))
  const s = p.toString()
  return s && '?' + s
}

export interface Ask {
  method?: string
  body?: unknown
  file?: Blob
  headers?: Record<string, string>
  signal?: AbortSignal
}

/** The answer as it came; throws a Problem for any that is not good. */
export async function raw(path: string, ask: Ask = {}): Promise<Response> {
  const headers: Record<string, string> = { Accept: 'application/json', ...ask.headers }
  const method = ask.method ?? 'GET'
  if (method !== 'GET') headers['X-CSRF-Token'] = csrf
  if (account) headers['ClickBridge-Account'] ??= String(account)
  if (ask.body !== undefined) headers['Content-Type'] = 'application/json'
  let res: Response
  try {
    res = await fetch('/v1' + path, {
      method,
      headers,
      credentials: 'same-origin',
      body: ask.file ?? (ask.body === undefined ? null : JSON.stringify(ask.body)),
      signal: ask.signal ?? null,
    })
  } catch (e) {
    if (ask.signal?.aborted) throw e
    throw new Problem(0, 'offline', 'The server cannot be reached. Is it running, and is this machine connected?')
  }
  if (res.ok) return res
  const p = await problem(res)
  if (res.status === 401 && path !== '/session') signedOut()
  throw p
}

export async function call<T>(path: string, ask: Ask = {}): Promise<T> {
  const res = await raw(path, ask)
  return (res.status === 204 ? undefined : await res.json()) as T
}

async function problem(res: Response): Promise<Problem> {
  let b: ProblemBody = {}
  try {
    b = (await res.json()) as ProblemBody
  } catch {
    // not ours: a proxy's
  }
  const fields: Record<string, string> = {}
  for (const e of b.errors ?? []) fields[e.field ?? ''] = e.message ?? ''
  const wait = b.retry_after ?? Number(res.headers.get('Retry-After') ?? 0)
  return new Problem(res.status, b.code ?? '', b.detail ?? b.title ?? `The server answered ${res.status}`, fields, wait)
}

/** A page of a list. */
export interface List<T> {
  items: T[]
  next?: string
}

/** Lists that are whole at once, and take no limit. */
const whole = ['/numbers', '/audio', '/optouts', '/trunks', '/keys']

/** All pages of a list. */
export async function all<T>(path: string, q: Query = {}): Promise<T[]> {
  const out: T[] = []
  for (let cursor: string | undefined = ''; cursor !== undefined; ) {
    const l: List<T> = await call<List<T>>(path + query({ limit: whole.includes(path) ? '' : 500, ...q, cursor }))
    out.push(...l.items)
    cursor = l.next
  }
  return out
}

/** What people read of anything thrown. */
export const words = (e: unknown): string => (e instanceof Error ? e.message : String(e))
