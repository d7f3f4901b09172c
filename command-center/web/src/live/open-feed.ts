import { io } from 'socket.io-client'
import { fetchTileIndex } from '../api/client.ts'
import { createFeed, type Feed } from './feed.ts'

const HEARTBEAT_MS = 500
/** A picture that does not come, as in a hidden tab, must not hold messages back for ever. */
const PICTURE_MAX_MS = 1000

/** The feed over Socket.IO, websocket only; when to connect again is the feed's own decision. */
export function openFeed(): Feed {
  return createFeed({
    socket: io({ transports: ['websocket'], reconnection: false, autoConnect: false, timeout: 5000 }),
    fetchIndex: fetchTileIndex,
    nextPicture,
    heartbeat: (callback) => {
      const timer = setInterval(callback, HEARTBEAT_MS)
      return () => clearInterval(timer)
    },
    elapsed: () => performance.now(),
    wall: () => Date.now(),
  })
}

function nextPicture(callback: () => void): void {
  let called = false
  const once = () => {
    if (called) return
    called = true
    cancelAnimationFrame(frame)
    clearTimeout(timer)
    callback()
  }
  const frame = requestAnimationFrame(once)
  const timer = setTimeout(once, PICTURE_MAX_MS)
}
