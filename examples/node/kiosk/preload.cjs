// All that the page can do: ask, and be shown.
const { contextBridge, ipcRenderer } = require('electron')

contextBridge.exposeInMainWorld('kiosk', {
  ask: (call, given) => ipcRenderer.invoke('ask', call, given),
  onView: (show) => void ipcRenderer.on('view', (_event, view) => show(view)),
})
