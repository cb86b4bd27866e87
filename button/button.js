// The button of a web page: docs/button.md says how it is used. It renders itself beside its own script tag, in a
// shadow tree of its own, so that the page's styles and it leave each other alone; a stylesheet that is constructed and
// elements that are created need nothing of a page's policy but script-src and connect-src.
//
// button.go strips this file of its comments and indentation, line by line, and nothing else: a comment has its lines to
// itself, every statement ends where its line does, and no string goes over a line's end. Compressed it is 2 KB.
(() => {
  const tag = document.currentScript
  const {key, findme, text, order, page, ref, phone, at} = tag.dataset
  // Both are filled in by button.go, in the language that was asked for.
  const tongue = LANGUAGE
  const [call, label, calling, ringing, finding, talking, over, nobody, busy, closed, failed, wrong, denied, often, offline] = WORDS
  const states = {reaching: ringing, hunting: finding, bridged: talking}
  const ends = {'No Answer': nobody, Busy: busy, Failed: failed}

  // What is shown. Every element is a part by its name, for the page's own stylesheet.
  const make = (name, more, ...inside) => {
    const element = Object.assign(document.createElement(name), {part: name}, more)
    element.append(...inside)
    return element
  }
  const input = make('input', {type: 'tel', name: 'tel', autocomplete: 'tel', required: true})
  const button = make('button', {}, text || call)
  const said = make('p', {role: 'status'})
  const form = make('form', {}, ...(phone ? [] : [make('label', {}, label, input)]), button, said)
  const host = make('div', {className: 'clickbridge', lang: tongue})
  const root = host.attachShadow({mode: 'open'})
  root.append(form)
  try {
    const sheet = new CSSStyleSheet
    sheet.replaceSync('form{display:flex;flex-wrap:wrap;gap:.6em;align-items:end;max-width:26em}label{flex:1}p{width:100%;min-height:1.5em;margin:0}input,button{font:inherit;box-sizing:border-box;min-height:2.75em;padding:0 .9em;border:1px solid;border-radius:.4em}input{display:block;width:100%}button{background:var(--clickbridge-color,#0b57a4);color:var(--clickbridge-text,#fff)}[aria-disabled=true]{opacity:.6}:focus-visible{outline:3px solid;outline-offset:2px}')
    root.adoptedStyleSheets = [sheet]
  } catch {}
  const place = at && document.querySelector(at)
  place ? place.append(host) : tag.after(host)

  const say = (words) => said.textContent = words
  const later = (n) => new Intl.RelativeTimeFormat(tongue).format(...(n < 90 ? [n, 'second'] : [Math.ceil(n / 60), 'minute']))
  const ask = (path, body, once) => fetch(new URL('v1/calls' + path, tag.src), {
    method: body ? 'POST' : 'GET',
    credentials: 'omit',
    signal: AbortSignal.timeout?.(2e4),
    headers: {Authorization: 'Bearer ' + key, ...body && {'Content-Type': 'application/json', 'Idempotency-Key': once}},
    body,
  })

  // follow tells how far the call has come, until it is over or nothing more is told.
  const follow = async (id) => {
    for (let i = 0, state; i < 2e3; i++) {
      await new Promise((done) => setTimeout(done, 1500))
      try {
        const now = await (await ask('/' + id)).json()
        if (now.status < 405) return
        if (now.state == 'ended') return say(now.cause == 'outside hours' ? closed : ends[now.result] || over)
        if (states[now.state] && state != now.state) say(states[state = now.state])
      } catch {}
    }
  }

  // A request whose answer was lost is sent again under the same key: one call, not two.
  let once, sent
  const click = async () => {
    const field = phone ? document.querySelector(phone) : input
    const number = field.value
    field.setAttribute('aria-invalid', false)
    say(calling)
    try {
      if (sent != number) once = [...crypto.getRandomValues(new Uint8Array(16))].join('')
      sent = number
      const res = await ask('', JSON.stringify({findme_id: +findme, phone: number, order, ref, page: page || location.origin + location.pathname}), once)
      const answer = await res.json()
      sent = undefined
      if (res.ok) return await follow(answer.id)
      console.warn('ClickBridge: ' + answer.detail)
      if (answer.errors?.[0].field != 'phone') return say(res.status == 429 ? `${often} ${later(answer.retry_after)}.` : res.status > 499 ? offline : denied)
      say(wrong)
      field.setAttribute('aria-invalid', true)
      field.focus()
    } catch {
      say(offline)
    }
  }
  // While it calls, the button stays where the keyboard is and does nothing.
  form.onsubmit = async (event) => {
    event.preventDefault()
    if (button.getAttribute('aria-disabled') == 'true') return
    button.setAttribute('aria-disabled', true)
    await click()
    button.setAttribute('aria-disabled', false)
  }
})()
