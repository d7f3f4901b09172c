import type { DeviceLog, DeviceLogLine } from '@quartier/contracts/records'
import type { Logger } from '@quartier/contracts/runtime'

/** What happened to a device: a stable word, and a sentence that says it. */
export interface DeviceEvent {
  /** The name it gave or its certificate holds; '' when it gave none. */
  readonly device: string
  readonly event: string
  readonly detail: string
  readonly address: string
}

const FLUSH_MS = 300
/** Different things within one flush; more are counted together. */
const AT_ONCE = 1_000
const NAME_CHARACTERS = 128

/**
 * Writes what happens to devices into the records, a few times a second. What happens again and again is one line a
 * minute with a count, so that no flood of attempts fills the log.
 */
export class DeviceLogWriter {
  readonly byEvent = new Map<string, number>()
  readonly #log: DeviceLog
  readonly #logger: Logger
  #gathered = new Map<string, DeviceLogLine>()
  /** When a thing that goes on was last written, and what has come since. */
  readonly #recent = new Map<string, { writtenAt: number; line: DeviceLogLine | undefined }>()
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<void> = Promise.resolve()

  constructor(log: DeviceLog, logger: Logger) {
    this.#log = log
    this.#logger = logger
  }

  note(event: DeviceEvent): void {
    this.byEvent.set(event.event, (this.byEvent.get(event.event) ?? 0) + 1)
    const now = Date.now()
    const device = event.device.slice(0, NAME_CHARACTERS)
    const key = `${event.event} ${device} ${event.address} ${event.detail}`
    const kept = this.#recent.get(key)
    const once = { ...event, device, at: now, until: now, times: 1 }
    if (kept && now - kept.writtenAt < MINUTE_MS) {
      kept.line = kept.line ? { ...kept.line, until: now, times: kept.line.times + 1 } : once
    } else this.#gather(key, once)
    this.#timer ??= setTimeout(() => this.#flush(), FLUSH_MS)
  }

  /** Resolves once everything noted is in the records, or could not be. */
  async drain(): Promise<void> {
    clearTimeout(this.#timer)
    this.#flush(true)
    await this.#writing
  }

  #gather(key: string, line: DeviceLogLine): void {
    const isTold = this.#gathered.has(key) || this.#gathered.size < AT_ONCE
    const as = isTold ? key : ''
    const before = this.#gathered.get(as)
    if (before) this.#gathered.set(as, { ...before, until: line.until, times: before.times + 1 })
    else this.#gathered.set(as, isTold ? line : { ...line, ...MORE })
  }

  #flush(isLast = false): void {
    this.#timer = undefined
    const now = Date.now()
    for (const [key, kept] of this.#recent) {
      if (!isLast && now - kept.writtenAt < MINUTE_MS) continue
      if (kept.line) this.#gathered.set(key, kept.line)
      this.#recent.delete(key)
    }
    const lines = [...this.#gathered.values()]
    if (this.#recent.size < AT_ONCE * 10)
      for (const key of this.#gathered.keys()) this.#recent.set(key, { writtenAt: now, line: undefined })
    this.#gathered = new Map()
    if (this.#recent.size > 0 && !isLast) {
      this.#timer = setTimeout(() => this.#flush(), FLUSH_MS)
      this.#timer.unref()
    }
    if (lines.length === 0) return
    const failed = (error: unknown) =>
      this.#logger.warn({ reason: String(error), lines: lines.length }, 'device-log.lost')
    this.#writing = this.#writing.then(() => this.#log.add(lines)).catch(failed)
  }
}

const MINUTE_MS = 60_000
const MORE = { device: '', event: 'more', detail: 'more than can be told one by one', address: '' }
