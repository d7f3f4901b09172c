/**
 * Many devices that connect by mutual TLS, each with a certificate of its own: `node tls-fleet.ts` with a job as its
 * first IPC message. A device that loses its connection makes it again, with the session it had, and sends a reading.
 */
import { readFileSync } from 'node:fs'
import { connect, createSecureContext, type TLSSocket } from 'node:tls'
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
/**
 * Handshakes under way of this process. Devices have a processor each: one that stands for thousands and begins them all
 * answers none before the gateway's patience is over.
 */
const AT_ONCE = 48

const state = { back: 0, resumed: 0, refused: 0 }
const sockets = new Set<TLSSocket>()
/** Those that would connect, in the order in which they came. */
const waiting: (() => void)[] = []
let underWay = 0
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
  // A device reads its certificate once.
  const secureContext = createSecureContext({ ca, cert, key })
  const open = () => {
    let isUnderWay = true
    const ended = () => {
      if (isUnderWay) turn(-1)
      isUnderWay = false
    }
    const host = `127.0.0.${2 + (sent % 20)}`
    const offered = forget ? undefined : session
    // An address of its own for every few devices: there are not ports enough for all at one.
    const at = { port, host: '127.0.0.1', localAddress: host } as { port: number; host: string }
    const socket = connect({ ...at, secureContext, session: offered })
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
          ended()
          state.back++
          if (socket.isSessionReused()) state.resumed++
        }
      }),
    )
    socket.on('error', () => {})
    socket.on('close', () => {
      ended()
      sockets.delete(socket)
      setTimeout(() => queue(open), RETRY_MS * (0.5 + Math.random()))
    })
  }
  queue(open)
}

function queue(open: () => void): void {
  waiting.push(open)
  turn(0)
}

/** Begins as many as may be under way. */
function turn(ended: -1 | 0): void {
  underWay += ended
  while (underWay < AT_ONCE) {
    const open = waiting.shift()
    if (!open) return
    underWay++
    open()
  }
}
