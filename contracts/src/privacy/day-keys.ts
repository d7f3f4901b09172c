import { randomBytes } from 'node:crypto'
import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { QuartierError } from '../errors.ts'
import type { Clock } from '../runtime/clock.ts'

/** The secret of one platform day (UTC). `token` makes tokens of plates, `link` opens them where they are written down. */
export interface DayKey {
  /** Such as "2026-11-23". */
  readonly day: string
  readonly token: Buffer
  readonly link: Buffer
}

const DAY_MS = 86_400_000
const HALF_BYTES = 32
const FILE = /^privacy-(\d{4}-\d\d-\d\d)\.key$/

export const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10)

/**
 * The keys of the privacy firewall: a random one for each platform day, in a file of its own that only its owner may
 * read, apart from the data. Once the day is over the key is overwritten and removed, here and in memory; nothing
 * that was made with it can be turned back or recognised any more. Several processes may share the folder.
 * Errors: PRIVACY_KEYS_UNAVAILABLE.
 */
export class DayKeys {
  #key: DayKey | undefined
  /** Until when the key is that of today, epoch ms; and from when. */
  #from = 0
  #to = 0
  readonly #folder: string
  readonly #clock: Clock

  constructor(folder: string, clock: Clock) {
    this.#folder = folder
    this.#clock = clock
  }

  /** The key of today, which is made when there is none. Destroys those of other days when a day has passed. */
  current(): DayKey {
    const now = this.#clock.now()
    if (this.#key && now >= this.#from && now < this.#to) return this.#key
    this.destroyOld()
    return this.#take(
      attempt(() => load(this.#folder, dayOf(now)) ?? create(this.#folder, dayOf(now))),
      now,
    )
  }

  /** The key of today when somebody has made one; makes none. */
  existing(): DayKey | undefined {
    const now = this.#clock.now()
    if (this.#key && now >= this.#from && now < this.#to) return this.#key
    this.#forget()
    const key = attempt(() => load(this.#folder, dayOf(now)))
    return key && this.#take(key, now)
  }

  /** Destroys every key that is not of today; one of tomorrow may be that of another process, whose clock is ahead. */
  destroyOld(): void {
    const now = this.#clock.now()
    if (!(now >= this.#from && now < this.#to)) this.#forget()
    const [today, tomorrow] = [dayOf(now), dayOf(now + DAY_MS)]
    attempt(() => {
      for (const name of filesOf(this.#folder)) {
        const day = FILE.exec(name)?.[1]
        if (day === undefined || day === today || day === tomorrow) continue
        destroy(join(this.#folder, name))
        noteDestroyed(this.#folder, { day, at: now })
      }
    })
  }

  /** Forgets the key in memory; its file stays for the next start of the same day. */
  close(): void {
    this.#forget()
  }

  #take(key: DayKey, now: number): DayKey {
    this.#from = Math.floor(now / DAY_MS) * DAY_MS
    this.#to = this.#from + DAY_MS
    this.#key = key
    return key
  }

  #forget(): void {
    this.#key?.token.fill(0)
    this.#key?.link.fill(0)
    this.#key = undefined
  }
}

/** What is known of a folder of keys without reading one. */
export interface DayKeyStatus {
  readonly isThere: boolean
  /** Days of which there is a key, in order. */
  readonly days: readonly string[]
  readonly lastDestroyed: Destroyed | undefined
}

/** The day whose key was destroyed, and when, platform time. */
export interface Destroyed {
  readonly day: string
  readonly at: number
}

const NOTE = 'last-destroyed.json'

export function dayKeyStatus(folder: string): DayKeyStatus {
  const names = filesOf(folder)
  const days = names.flatMap((name) => FILE.exec(name)?.[1] ?? []).sort()
  return { isThere: names.length > 0, days, lastDestroyed: names.includes(NOTE) ? readNote(folder) : undefined }
}

/** That a key was destroyed, for whoever asks whether it was. */
function noteDestroyed(folder: string, destroyed: Destroyed): void {
  const draft = join(folder, `${NOTE}.${randomBytes(4).toString('hex')}`)
  try {
    writeFileSync(draft, JSON.stringify(destroyed), { mode: 0o600 })
    renameSync(draft, join(folder, NOTE))
  } catch {
    // The key is gone, which is what counts; the others must go too.
  }
}

function readNote(folder: string): Destroyed | undefined {
  try {
    const { day, at } = JSON.parse(readFileSync(join(folder, NOTE), 'utf8')) as Partial<Destroyed>
    return typeof day === 'string' && typeof at === 'number' ? { day, at } : undefined
  } catch {
    return undefined // somebody else's; it is written anew with the next key
  }
}

const pathOf = (folder: string, day: string): string => join(folder, `privacy-${day}.key`)

function filesOf(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

function load(folder: string, day: string): DayKey | undefined {
  let bytes: Buffer
  try {
    bytes = readFileSync(pathOf(folder, day))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  if (bytes.length !== 2 * HALF_BYTES) return undefined
  // Copies of their own, so that they can be overwritten.
  const key = { day, token: Buffer.from(bytes.subarray(0, HALF_BYTES)), link: Buffer.from(bytes.subarray(HALF_BYTES)) }
  bytes.fill(0)
  return key
}

/** Writes a new key under another name first, so that nobody ever reads half of one; the first of several wins. */
function create(folder: string, day: string): DayKey {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const draft = join(folder, `privacy-${randomBytes(8).toString('hex')}.draft`)
  write(draft, randomBytes(2 * HALF_BYTES), 'wx')
  try {
    linkSync(draft, pathOf(folder, day))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    rmSync(draft)
  }
  const key = load(folder, day)
  if (!key) throw new Error(`${pathOf(folder, day)} is not a key`)
  return key
}

/** Overwrites the key, under whatever names the file has, and removes it. */
function destroy(path: string): void {
  try {
    write(path, randomBytes(2 * HALF_BYTES), 'r+')
    rmSync(path)
  } catch (error) {
    // Another process of the installation was faster.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}

function write(path: string, bytes: Buffer, flags: string): void {
  const file = openSync(path, flags, 0o600)
  try {
    writeSync(file, bytes, 0, bytes.length, 0)
    fsyncSync(file)
  } finally {
    closeSync(file)
    bytes.fill(0)
  }
}

function attempt<T>(work: () => T): T {
  try {
    return work()
  } catch (cause) {
    throw new QuartierError('PRIVACY_KEYS_UNAVAILABLE', 'keep the keys of the privacy firewall', { cause })
  }
}
