// What /v1 says, as far as the console reads it.
export interface Attempt {
  id: string
  party: string
  number: string
  name?: string
  pass?: number
  trunk?: string
  started_at: string
  answered_at?: string
  ended_at?: string
  result?: string
  sip_code?: number
  text?: string
  ring_seconds?: number
}

export interface Call {
  id: string
  state: string
  result: string
  cause?: string
  order: string | number
  findme_id?: number
  findme_name?: string
  phone: string
  page?: string
  ref?: string
  agent?: string
  agent_name?: string
  created_at: string
  accepted_at?: string
  bridged_at?: string
  ended_at?: string
  seconds_to_accept?: number
  talk_seconds?: number
  attempts?: Attempt[]
  notes?: string[]
}
