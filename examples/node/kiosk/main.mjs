// The kiosk in Electron: npx electron examples/node [ADDRESS]
import { fileURLToPath } from 'node:url'
import { app, BrowserWindow, ipcMain } from 'electron'
import { kiosk } from './kiosk.mjs'

const calls = ['menu', 'view', 'pay', 'stop', 'done']

await app.whenReady()
const window = new BrowserWindow({
  kiosk: true,
  webPreferences: {
    preload: fileURLToPath(new URL('preload.cjs', import.meta.url)),
    contextIsolation: true,
    nodeIntegration: false,
    sandbox: true,
  },
})
const address = process.argv.at(-1)?.includes(':') ? process.argv.at(-1) : 'simulator:'
const shop = await kiosk(address, {}, (view) => window.webContents.send('view', view))
ipcMain.handle('ask', (_event, call, given) => (calls.includes(call) ? shop[call](given) : undefined))
await window.loadFile(fileURLToPath(new URL('page/index.html', import.meta.url)))

let closed = false
app.on('before-quit', (event) => {
  if (closed) return
  // A payment that runs has its five seconds; what is open after them is found again at the next start.
  event.preventDefault()
  void shop.close().finally(() => {
    closed = true
    app.quit()
  })
})
