import type { LiveEvents, LiveSubscribe, PlatformView } from '@quartier/contracts/api'
import { decodeFrame, type LiveFrame, type LiveSeries } from '@quartier/contracts/live'
import { createPlatformClock, type PlatformClock } from './clock.ts'
import { createDelayMeter } from './delay.ts'
import { applyFrame, dataFor, emptyData, type LiveData, measureDelays } from './store.ts'

/** What the feed needs of a Socket.IO client. */
export interface FeedSocket {
  // biome-ignore lint/suspicious/noExplicitAny: the event decides the payload
  on(event: string, listener: (...args: any[]) => void): unknown
  emit(event: string, ...args: unknown[]): unknown
  connect(): unknown
  disconnect(): unknown
}

export type Connection =
  | { readonly state: 'connecting' }
  | { readonly state: 'live' }
  /** `since`: wall clock when the last message came; `nextTryAt`: wall clock of the next attempt. */
  | { readonly state: 'disconnected'; readonly since: number; readonly nextTryAt: number }

/** What the screen shows; replaced as a whole at most once per animation frame. */
export interface LiveView {
  readonly version: number
  readonly connection: Connection
  readonly data: LiveData
  /** The first values are here. */
  readonly loaded: boolean
  readonly platform: PlatformView | undefined
  /** The server's limit left some of the series out. */
  readonly capped: boolean
  /** The server closed the connection on purpose or refused it: the session may have ended. */
  readonly signedOut: boolean
}

export interface Feed {
  view(): LiveView
  subscribe(listener: () => void): () => void
  /** What to watch from now on, instead of anything before. */
  watch(what: LiveSubscribe): void
  watching(): LiveSubscribe
  /** Tells the listener of events as they are stored; returns a way to stop. */
  events(listener: (news: LiveEvents) => void): () => void
  /** 95th percentile from sensor to screen over the last minute, ms. */
  delayP95(): number | undefined
  readonly clock: PlatformClock
  close(): void
}

export interface FeedDeps {
  readonly socket: FeedSocket
  /** Calls back before the next picture is drawn. */
  readonly nextPicture: (callback: () => void) => void
  /** Calls back about every half second; returns a way to stop. */
  readonly heartbeat: (callback: () => void) => () => void
  /** Monotonic, ms. */
  readonly elapsed: () => number
  readonly wall: () => number
}

/** While a screen builds itself its pictures are late; what it measures then says nothing about the platform. */
const SETTLE_MS = 5000

/** The health strip comes once a second: silence for this long is a lost connection. */
export const SILENCE_MS = 2500
/** Attempts to connect again start after this long and wait twice as long each time, up to the maximum. */
const RETRY_MS = 1000
const RETRY_MAX_MS = 8000
/** After this long the connection is opened anew, since the network may have forgotten it. */
const REOPEN_MS = 10_000

interface IndexChunk {
  readonly subscription: number
  readonly chunk: number
  readonly chunks: number
  readonly series: readonly LiveSeries[]
  readonly total: number
  readonly capped: boolean
}

/**
 * Gathers the server's messages and publishes them at most once per picture. A gap in the sequence asks for a
 * snapshot; silence means disconnected, whatever the socket believes.
 */
export function createFeed({ socket, nextPicture, heartbeat, elapsed, wall }: FeedDeps): Feed {
  const clock = createPlatformClock(elapsed, wall)
  const delays = createDelayMeter(elapsed)
  const listeners = new Set<() => void>()
  const eventListeners = new Set<(news: LiveEvents) => void>()
  let view: LiveView = {
    version: 0,
    connection: { state: 'connecting' },
    data: emptyData,
    loaded: false,
    platform: undefined,
    capped: false,
    signedOut: false,
  }
  let data = emptyData
  let watched: LiveSubscribe = {}
  let gathering: LiveSeries[] = []
  let waiting: 'index' | 'snapshot' | 'nothing' = 'index'
  let sequence = -1
  let heardAt = elapsed()
  let heardWall = wall()
  let attempts = 0
  /** On the monotonic clock; not a number while connected or connecting. */
  let retryAt = Number.NaN
  let connected = false
  /** On the monotonic clock: the first snapshot of this connection. */
  let shownAt = Number.POSITIVE_INFINITY
  let pending: Partial<LiveView> | undefined
  let undrawn: LiveFrame[] = []

  function publish(change: Partial<LiveView>): void {
    if (pending) {
      pending = { ...pending, ...change }
      return
    }
    pending = change
    nextPicture(() => {
      for (const frame of undrawn) measureDelays(frame, clock, delays)
      undrawn = []
      view = { ...view, ...pending, version: view.version + 1 }
      pending = undefined
      for (const listener of listeners) listener()
    })
  }

  const shown = (): Connection => pending?.connection ?? view.connection

  function heard(platformAt: number): void {
    clock.hear(platformAt)
    heardAt = elapsed()
    heardWall = wall()
    if (shown().state !== 'live') publish({ connection: { state: 'live' } })
  }

  /** Says that what is shown is old, and when the next attempt comes. */
  function lost(): void {
    const nextTryAt = Number.isNaN(retryAt) ? wall() : wall() + retryAt - elapsed()
    const before = shown()
    if (before.state === 'disconnected' && Math.abs(before.nextTryAt - nextTryAt) < 250) return
    publish({ connection: { state: 'disconnected', since: heardWall, nextTryAt } })
  }

  function broken(): void {
    connected = false
    retryAt = elapsed() + Math.min(RETRY_MAX_MS, RETRY_MS * 2 ** attempts++)
    lost()
  }

  function ask(): void {
    waiting = 'index'
    if (connected) socket.emit('live:subscribe', watched)
  }

  function onIndex(part: IndexChunk): void {
    if (part.chunk === 0) gathering = []
    gathering.push(...part.series)
    if (part.chunk + 1 < part.chunks) return
    data = dataFor(gathering, part.total)
    waiting = 'snapshot'
    publish({ capped: part.capped })
  }

  function onFrame(bytes: ArrayBuffer): void {
    const frame = decodeFrame(bytes)
    if (!frame || waiting === 'index') return
    heard(frame.platformAt)
    if (!frame.snapshot && (waiting === 'snapshot' || frame.sequence !== sequence + 1)) {
      if (waiting === 'nothing') {
        waiting = 'snapshot'
        socket.emit('live:resync')
      }
      return
    }
    waiting = 'nothing'
    sequence = frame.sequence
    applyFrame(data, frame)
    shownAt = Math.min(shownAt, elapsed())
    if (!frame.snapshot && elapsed() - shownAt > SETTLE_MS) undrawn.push(frame)
    publish({ data, loaded: true })
  }

  socket.on('connect', () => {
    connected = true
    shownAt = Number.POSITIVE_INFINITY
    attempts = 0
    ask()
    if (eventListeners.size > 0) socket.emit('events:subscribe')
  })
  socket.on('disconnect', (reason: string) => {
    broken()
    if (reason === 'io server disconnect') publish({ signedOut: true })
  })
  socket.on('connect_error', (error: { data?: { code?: string } }) => {
    broken()
    if (error?.data?.code === 'SESSION_REQUIRED') publish({ signedOut: true })
  })
  socket.on('live:index', onIndex)
  socket.on('live:frame', onFrame)
  socket.on('events:new', (news: LiveEvents) => {
    for (const listener of eventListeners) listener(news)
  })
  socket.on('platform', (platform: PlatformView) => {
    clock.setSpeed(platform.clock.speed)
    heard(platform.at)
    publish({ platform })
  })
  const stopHeartbeat = heartbeat(() => {
    if (elapsed() >= retryAt) {
      retryAt = Number.NaN
      socket.connect()
    }
    const silentMs = elapsed() - heardAt
    if (silentMs < SILENCE_MS) return
    lost()
    if (connected && silentMs > REOPEN_MS) {
      heardAt = elapsed()
      socket.disconnect()
    }
  })
  socket.connect()

  return {
    clock,
    view: () => view,
    delayP95: () => delays.quantile(0.95),
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    watch(what) {
      watched = what
      ask()
    },
    watching: () => watched,
    events(listener) {
      if (eventListeners.size === 0 && connected) socket.emit('events:subscribe')
      eventListeners.add(listener)
      return () => eventListeners.delete(listener)
    },
    close() {
      stopHeartbeat()
      socket.disconnect()
      listeners.clear()
      eventListeners.clear()
    },
  }
}
