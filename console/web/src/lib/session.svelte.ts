// Who is signed in, and which account they look at.
import { call, onSignedOut, Problem, setAccount, setToken } from './api'

export interface RoleIn {
  account_id: number
  role: string
  permissions?: string[]
}

export interface User {
  id: number
  email: string
  name: string
  operator: boolean
  disabled: boolean
  totp: boolean
  roles: RoleIn[]
  signed_in_at?: string
}

interface SessionBody {
  user: User
  csrf_token: string
}

export interface Account {
  id: number
  name: string
  time_zone?: string
  country?: string
}

class Session {
  user = $state<User | null>(null)
  known = $state(false)
  accounts = $state<Account[]>([])
  account = $state<Account | null>(null)
  trouble = $state('')

  constructor() {
    onSignedOut(() => this.forget())
  }

  async begin(): Promise<void> {
    try {
      await this.take(await call<SessionBody>('/session'))
    } catch (e) {
      if (!(e instanceof Problem) || e.status !== 401) this.trouble = e instanceof Error ? e.message : String(e)
    }
    this.known = true
  }

  async signIn(email: string, password: string, code: string): Promise<void> {
    await this.take(await call<SessionBody>('/session', { method: 'POST', body: { email, password, code } }))
  }

  async signOut(): Promise<void> {
    await call('/session', { method: 'DELETE' })
    this.forget()
  }

  /** May the person do it in the account they look at? The server asks again. */
  may(permission: string): boolean {
    const u = this.user
    if (!u) return false
    return u.operator || u.roles.some((r) => r.account_id === this.account?.id && r.permissions?.includes(permission))
  }

  choose(id: number): void {
    this.account = this.accounts.find((a) => a.id === id) ?? this.accounts[0] ?? null
    setAccount(this.account?.id ?? 0)
    if (this.account) localStorage.setItem('account', String(this.account.id))
  }

  private async take(s: SessionBody): Promise<void> {
    setToken(s.csrf_token)
    const { accounts } = await call<{ accounts: Account[] }>('/accounts')
    this.accounts = accounts
    this.choose(Number(localStorage.getItem('account')))
    this.user = s.user
  }

  private forget(): void {
    this.user = null
    this.account = null
    setToken('')
  }
}

export const session = new Session()
