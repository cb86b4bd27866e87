// Every page, where it stands in the navigation, and who sees it.
import type { Component } from 'svelte'
import Audit from '../pages/Audit.svelte'
import Blocks from '../pages/Blocks.svelte'
import Callbacks from '../pages/Callbacks.svelte'
import FindMes from '../pages/FindMes.svelte'
import Keys from '../pages/Keys.svelte'
import Live from '../pages/Live.svelte'
import Notices from '../pages/Notices.svelte'
import Numbers from '../pages/Numbers.svelte'
import Profile from '../pages/Profile.svelte'
import Recordings from '../pages/Recordings.svelte'
import Report from '../pages/Report.svelte'
import Setup from '../pages/Setup.svelte'
import Trunks from '../pages/Trunks.svelte'
import Users from '../pages/Users.svelte'

export interface Page {
  path: string
  name: string
  group: string // '' = not in the navigation
  needs: string // a permission; '' = none
  view: Component
}

export const pages: Page[] = [
  { path: '', name: 'Live calls', group: 'Calls', needs: 'calls.read', view: Live },
  { path: 'report', name: 'Report', group: 'Calls', needs: 'report.read', view: Report },
  { path: 'recordings', name: 'Recordings', group: 'Calls', needs: 'recordings.listen', view: Recordings },
  { path: 'notices', name: 'Notices', group: 'Calls', needs: 'notices.read', view: Notices },
  { path: 'callbacks', name: 'Calls owed', group: 'Calls', needs: 'calls.read', view: Callbacks },
  { path: 'findmes', name: 'FindMes', group: 'Set up', needs: 'findmes.read', view: FindMes },
  { path: 'numbers', name: 'Numbers', group: 'Set up', needs: 'numbers.read', view: Numbers },
  { path: 'keys', name: 'Keys', group: 'Set up', needs: 'keys.read', view: Keys },
  { path: 'blocks', name: 'Building Block IDs', group: 'Set up', needs: 'findmes.read', view: Blocks },
  { path: 'setup', name: 'First steps', group: 'Set up', needs: 'findmes.read', view: Setup },
  { path: 'trunks', name: 'Trunks', group: 'Server', needs: 'trunks.read', view: Trunks },
  { path: 'users', name: 'Users', group: 'Server', needs: 'users.read', view: Users },
  { path: 'audit', name: 'Audit log', group: 'Server', needs: 'audit.read', view: Audit },
  { path: 'account', name: 'Your sign-in', group: '', needs: '', view: Profile },
]
