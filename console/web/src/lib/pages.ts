// Every page, where it stands in the navigation, and who sees it.
import type { Component } from 'svelte'
import Live from '../pages/Live.svelte'

export interface Page {
  path: string
  name: string
  group: 'Calls' | 'Set up' | 'Server'
  needs: string
  view: Component
}

export const pages: Page[] = [
  { path: '', name: 'Live calls', group: 'Calls', needs: 'calls.read', view: Live },
]
