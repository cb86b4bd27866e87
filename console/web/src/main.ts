import './style/base.css'
import './style/parts.css'
import './style/shell.css'
import { mount } from 'svelte'
import App from './App.svelte'
import './lib/theme.svelte'

mount(App, { target: document.getElementById('app')! })
