// What /v1 says, as far as the console reads it.
export interface Attempt {
  id: string
  seq: number
  party: string
  number: string
  name?: string
  pass?: number
  trunk?: string
  started_at: string
  answered_at?: string
  ended_at?: string
  result: string // Dialing while it goes on
  sip_code?: number
  text?: string
  ring_seconds: number
}

export interface Notice {
  id: string
  call_id?: string
  kind: 'email' | 'sms' | 'url'
  to: string
  subject?: string
  body: string
  state: 'pending' | 'sent' | 'failed'
  created_at: string
  tries: { at: string; seconds: number; ok: boolean; answer: string }[]
}

export interface Recording {
  id: string
  call_id: string
  findme_id?: number
  kind: string
  state: string
  consent?: string
  note?: string
  started_at: string
  seconds: number
  bytes: number
  keep_until?: string
}

export interface Call {
  id: string
  state: string
  result?: string // once it ended
  cause?: string
  order: 'phone_first' | 'findme_first'
  findme_id?: number
  findme_name?: string
  phone: string
  page?: string
  ref?: string
  key?: string
  agent?: string
  agent_name?: string
  created_at: string
  accepted_at?: string
  bridged_at?: string
  ended_at?: string
  talk_seconds?: number
  notes?: string[]
  attempts: Attempt[]
  notices: Notice[]
  recordings?: Recording[]
}
