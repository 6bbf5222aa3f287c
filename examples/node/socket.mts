// A transport of one's own, in TypeScript: a socket. A tunnel or a port of another library looks the same.
import { connect } from 'node:net'
import type { Connection, ConnectionEvents, Transport } from 'danmal'

export function socket(host: string, port: number, simulated = false): Transport {
  return {
    key: `socket:${host}:${port}`,
    simulated,
    connect(events: ConnectionEvents): Promise<Connection> {
      return new Promise((resolve, reject) => {
        const stream = connect({ host, port, noDelay: true })
        stream.once('error', reject)
        stream.once('connect', () => {
          stream.on('data', (bytes) => {
            events.data(bytes)
          })
          resolve({
            write: (bytes) =>
              new Promise((written, failed) => {
                stream.write(bytes, (error) => {
                  if (error) failed(error)
                  else written()
                })
              }),
            close: () => {
              stream.destroy()
            },
          })
        })
        stream.once('close', () => {
          events.end()
        })
      })
    },
  }
}
