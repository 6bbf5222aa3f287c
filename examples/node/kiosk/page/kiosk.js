// The page: it shows the view that the main process has, and knows nothing of payments.
const element = (id) => document.getElementById(id)
const won = (amount) => `${amount.toLocaleString('ko-KR')}원`

function show({ state, item, lines, headline, advice, connected }) {
  document.body.dataset.state = state
  element('headline').textContent = headline
  element('line').textContent = connected ? '' : '단말기와 연결되어 있지 않습니다'
  element('item').textContent = item === null ? '' : `${item.name} ${won(item.price)}`
  element('advice').textContent = advice
  element('lines').replaceChildren(
    ...lines.map((text) => Object.assign(document.createElement('li'), { textContent: text })),
  )
  element('menu').hidden = state !== 'ready'
  element('stop').hidden = state !== 'paying'
  element('done').hidden = ['ready', 'paying', 'unknown'].includes(state)
}

async function start() {
  for (const { id, name, price } of await window.kiosk.ask('menu')) {
    const button = Object.assign(document.createElement('button'), { textContent: `${name} ${won(price)}` })
    button.addEventListener('click', () => void window.kiosk.ask('pay', id))
    element('menu').append(button)
  }
  element('stop').addEventListener('click', () => void window.kiosk.ask('stop'))
  element('done').addEventListener('click', () => void window.kiosk.ask('done'))
  window.kiosk.onView(show)
  show(await window.kiosk.ask('view'))
}

void start()
