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

export interface SessionBody {
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
  permissions = $state<Set<string>>(new Set())
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

  /** The password's change began another session. */
  renewed(s: SessionBody): void {
    setToken(s.csrf_token)
  }

  /** May the person do it in the account they look at? The server asks again. */
  may(permission: string): boolean {
    return this.permissions.has(permission)
  }

  /** Looks at another account; one that is gone is the first the person has. */
  async choose(id: number): Promise<void> {
    setAccount(id)
    let me: { account: Account; permissions: string[] }
    try {
      me = await call('/me')
    } catch (e) {
      if (!id || !(e instanceof Problem) || e.status !== 403) throw e
      return this.choose(0)
    }
    setAccount(me.account.id)
    this.permissions = new Set(me.permissions)
    this.account = me.account
    localStorage.setItem('account', String(me.account.id))
  }

  /** The accounts of who has a role in several. */
  private async others(u: User): Promise<void> {
    this.accounts = []
    if (u.roles.length < 2) return
    const all = await Promise.allSettled(u.roles.map((r) => call<{ account: Account }>('/me', { headers: { 'ClickBridge-Account': String(r.account_id) } })))
    this.accounts = all.flatMap((a) => (a.status === 'fulfilled' ? [a.value.account] : []))
  }

  private async take(s: SessionBody): Promise<void> {
    setToken(s.csrf_token)
    try {
      await this.choose(Number(localStorage.getItem('account')))
    } catch (e) {
      if (!(e instanceof Problem) || e.status !== 403) throw e
    }
    this.user = s.user
    void this.others(s.user)
  }

  private forget(): void {
    this.user = null
    this.account = null
    setToken('')
  }
}

export const session = new Session()
