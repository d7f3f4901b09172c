import { setTimeout as wait } from 'node:timers/promises'
import { type LiveTiles, type LiveView } from '@quartier/contracts/api'
import { decodeTick, type LiveTick } from '@quartier/contracts/live'
import { io, type Socket } from 'socket.io-client'
import { PASSWORD } from './live-district.ts'

/** What benchmarks of the live service share: signing in, and sockets as pages open them. */

const TRIES = 5

export async function signIn(url: string, name: string): Promise<string> {
  const answer = await fetch(`${url}/api/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name, password: PASSWORD }),
  })
  if (!answer.ok) throw new Error(`sign in to ${url}: ${answer.status} ${await answer.text()}`)
  return (answer.headers.getSetCookie()[0] ?? '').split(';')[0] ?? ''
}

/** Tries as a page does that is not let in at once: on a busy machine a thousand of them wait. */
export async function openSocket(url: string, cookie: string): Promise<Socket> {
  for (let tries = 1; ; tries++)
    try {
      return await connected(url, cookie)
    } catch (error) {
      if (tries === TRIES) throw error
      await wait(tries * 1000)
    }
}

function connected(url: string, cookie: string): Promise<Socket> {
  const socket = io(url, {
    ...{ transports: ['websocket'], reconnection: false, forceNew: true, timeout: 60_000 },
    extraHeaders: { cookie },
  })
  return new Promise((resolve, reject) => {
    socket.once('connect', () => resolve(socket))
    socket.once('connect_error', (error) => {
      socket.close()
      reject(error)
    })
  })
}

/** The tick in a message; its own bytes, since columns must begin at multiples of eight. */
export function tickIn(bytes: Buffer): LiveTick {
  const own = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer
  const tick = decodeTick(own)
  if (!tick) throw new Error(`a tick of ${bytes.length} bytes cannot be read`)
  return tick
}

/** Looks somewhere; resolves, with the tiles, when there has been a snapshot of each. */
export function lookAt(socket: Socket, view: LiveView): Promise<LiveTiles> {
  let told: LiveTiles | undefined
  const held = new Set<number>()
  return new Promise((resolve) => {
    const check = () => {
      if (!told?.tiles.every(({ tile }) => held.has(tile))) return
      socket.off('live:tiles', onTiles)
      socket.off('live:tick', onTick)
      resolve(told)
    }
    const onTiles = (tiles: LiveTiles) => {
      told = tiles
      check()
    }
    const onTick = (bytes: Buffer) => {
      for (const { tile } of tickIn(bytes).sections) held.add(tile)
      check()
    }
    socket.on('live:tiles', onTiles)
    socket.on('live:tick', onTick)
    socket.emit('live:view', view)
  })
}
