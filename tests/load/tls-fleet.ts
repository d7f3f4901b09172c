/**
 * Many devices that connect by mutual TLS, each with a certificate of its own: `node tls-fleet.ts` with a job as its
 * first IPC message. A device that loses its connection makes it again, with the session it had, and sends a reading.
 */
import { readFileSync } from 'node:fs'
import { connect, type TLSSocket } from 'node:tls'
import { connectPacket, packetReader, publishPacket } from './mqtt-wire.ts'

export interface FleetJob {
  readonly port: number
  /** JSON: authority, and name, certificate and key of each device. */
  readonly file: string
  readonly from: number
  readonly to: number
}

/** How many have been let in and have had a reading acknowledged since the last `reset`. */
export interface FleetState {
  readonly back: number
  readonly resumed: number
  readonly refused: number
}

interface Device {
  readonly name: string
  readonly certificate: string
  readonly key: string
}

const RETRY_MS = 1_000

const state = { back: 0, resumed: 0, refused: 0 }
const sockets = new Set<TLSSocket>()
/** In this round every handshake is a whole one. */
let forget = false

process.on('message', (message: FleetJob | 'state' | 'reset' | 'cut') => {
  if (message === 'state') process.send?.({ ...state })
  else if (message === 'reset' || message === 'cut') {
    state.back = state.resumed = state.refused = 0
    process.send?.('done')
    forget = message === 'cut'
    if (message === 'reset') return
    for (const socket of sockets) socket.destroy()
  } else begin(message)
})

function begin({ port, file, from, to }: FleetJob): void {
  const { authority, devices } = JSON.parse(readFileSync(file, 'utf8')) as { authority: string; devices: Device[] }
  for (const [i, device] of devices.slice(from, to).entries())
    setTimeout(() => hold(port, authority, device), (i * 1_000) / 500)
}

function hold(port: number, ca: string, { name, certificate: cert, key }: Device): void {
  let session: Buffer | undefined
  let sent = 0
  const open = () => {
    const host = `127.0.0.${2 + (sent % 20)}`
    const offered = forget ? undefined : session
    // An address of its own for every few devices: there are not ports enough for all at one.
    const at = { port, host: '127.0.0.1', localAddress: host } as { port: number; host: string }
    const socket = connect({ ...at, ca, cert, key, session: offered })
    sockets.add(socket)
    socket.on('session', (s: Buffer) => {
      session = s
    })
    socket.on('secureConnect', () => socket.write(connectPacket(name, { keepaliveS: 3_600 })))
    socket.on(
      'data',
      packetReader((type, body) => {
        if (type === 2 && body[1] !== 0) state.refused++
        else if (type === 2)
          socket.write(publishPacket(`t/fleet/d/${name}/n`, Buffer.from(`{"ts":${Date.now()},"value":${sent++}}`), 1))
        else if (type === 4) {
          state.back++
          if (socket.isSessionReused()) state.resumed++
        }
      }),
    )
    socket.on('error', () => {})
    socket.on('close', () => {
      sockets.delete(socket)
      setTimeout(open, RETRY_MS * (0.5 + Math.random()))
    })
  }
  open()
}
