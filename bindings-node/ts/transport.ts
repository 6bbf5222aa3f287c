/** A transport of your own: a tunnel, a Web Serial port, a test. */

import { native } from './native'
import type { NativeEndpoint } from './native'

/** What a connection says, from its beginning to its end. */
export interface ConnectionEvents {
  /** Bytes have arrived from the terminal. They are copied. */
  data(bytes: Uint8Array): void
  /** The connection has ended by itself. The text is shown to the cashier. */
  end(why?: string): void
}

/** One open connection. */
export interface Connection {
  /**
   * Sends bytes, all of them and in order. They are taken for sent: where that fails, call `end`, or throw, or
   * reject.
   */
  write(bytes: Uint8Array): void | Promise<void>
  /** Ends it for good. It may be called after the connection has ended by itself. */
  close(): void
}

/** What leads to one terminal. */
export interface Transport {
  /**
   * Names the device itself and no other, the same in every process and after every restart. Two tills with one
   * key keep each other out; two keys for one device would let them charge it at once.
   */
  readonly key: string
  /** Makes a connection. It begins with nothing of an earlier one in it. */
  connect(events: ConnectionEvents): Connection | Promise<Connection>
  /** A serial line: bytes of before may still arrive, so danmal waits until it is quiet. */
  readonly serial?: boolean
  /** A danmal-simulator stands there: play money. */
  readonly simulated?: boolean
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** The native end of a transport. */
export function endpointOf(transport: Transport): NativeEndpoint {
  const open = new Map<number, Connection>()
  /** Numbers that were closed while their connection was still being made. */
  const gone = new Set<number>()

  const connect = async (number: number): Promise<void> => {
    const events: ConnectionEvents = {
      data: (bytes) => {
        endpoint.arrived(number, bytes)
      },
      end: (why = 'the connection ended') => {
        open.delete(number)
        endpoint.ended(number, why)
      },
    }
    try {
      const connection = await transport.connect(events)
      if (gone.delete(number)) {
        connection.close()
        return
      }
      open.set(number, connection)
      endpoint.opened(number)
    } catch (error) {
      gone.delete(number)
      endpoint.ended(number, reason(error))
    }
  }
  const write = async (number: number, hex: string): Promise<void> => {
    try {
      await open.get(number)?.write(Uint8Array.from(Buffer.from(hex, 'hex')))
    } catch (error) {
      endpoint.ended(number, reason(error))
    }
  }
  const close = (number: number): void => {
    const connection = open.get(number)
    open.delete(number)
    if (connection === undefined) {
      gone.add(number)
      return
    }
    try {
      connection.close()
    } catch {
      // It has ended either way.
    }
  }
  const endpoint = new native.NativeEndpoint(
    transport.key,
    transport.serial ?? false,
    transport.simulated ?? false,
    (number) => void connect(number),
    (number, hex) => void write(number, hex),
    close,
  )
  return endpoint
}
