import { ASSETS, type Asset, type Place } from '@quartier/contracts'
import type { LogRecord } from '@quartier/contracts/event-log'
import type { Whereabouts } from '@quartier/contracts/event-store'
import type { ServiceDeps } from '@quartier/contracts/runtime'
import { insist } from '../retry.ts'

type Deps = Pick<ServiceDeps, 'log' | 'logger'> & { readonly onFatal: (error: unknown) => void }

const NOWHERE: Whereabouts = { assetId: null, zoneId: null }

/** Which asset and zone a device belongs to, as `assets.v1` and the definitions of its series say now. */
export class WhereaboutsFollower {
  readonly #deps: Deps
  readonly #places = new Map<string, { readonly kind: string; readonly parentId: string | null }>()
  readonly #placeOfAsset = new Map<string, string>()
  readonly #assetOfDevice = new Map<string, string>()
  readonly #stop = new AbortController()
  #next = 0
  #loop: Promise<void> | undefined
  #reached: (() => void) | undefined

  constructor(deps: Deps) {
    this.#deps = deps
  }

  /** Resolves when everything that the log says now is known. */
  async start(): Promise<void> {
    const { log, logger, onFatal } = this.#deps
    const [range] = await insist('look for assets', logger, this.#stop.signal, () => log.ranges(ASSETS))
    const upTo = range?.next ?? 0
    const isThere = new Promise<void>((done) => {
      this.#reached = () => this.#next >= upTo && done()
    })
    this.#loop = this.#follow().catch((error) => {
      if (!this.#stop.signal.aborted) onFatal(error)
    })
    if (range && range.earliest < upTo) await Promise.race([isThere, this.#loop])
  }

  /** A series of the device is defined; without an asset it says nothing. */
  define(key: string, assetId: string | null): void {
    if (assetId !== null) this.#assetOfDevice.set(key.slice(0, key.lastIndexOf('/')), assetId)
  }

  /** Of `source/device`: the asset that the event names if it is one of ours, else the device's, else one of its name. */
  readonly of = (owner: string, named?: string): Whereabouts => {
    const candidates = [named, this.#assetOfDevice.get(owner), owner.slice(owner.indexOf('/') + 1)]
    const assetId = candidates.find((id) => id !== undefined && this.#placeOfAsset.has(id))
    if (assetId === undefined) return NOWHERE
    return { assetId, zoneId: this.#zoneOf(this.#placeOfAsset.get(assetId) as string) }
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#loop
  }

  async #follow(): Promise<void> {
    const { signal } = this.#stop
    for await (const batch of this.#deps.log.consume(ASSETS, 'ingest', { signal, from: 'earliest' })) {
      for (const record of batch.records) this.#take(record)
      this.#next = batch.end[0] ?? 0
      this.#reached?.()
    }
  }

  #take({ key, value, offset }: LogRecord): void {
    const id = key.slice(key.indexOf(':') + 1)
    const isPlace = key.startsWith('place:')
    if (value.length === 0) {
      if (isPlace) this.#places.delete(id)
      else this.#placeOfAsset.delete(id)
      return
    }
    const said = parse(value)
    if (!said) this.#deps.logger.error({ offset, key }, 'asset.unreadable')
    else if (isPlace) this.#places.set(id, { kind: said.kind, parentId: said.parentId ?? null })
    else this.#placeOfAsset.set(id, (said as Asset).placeId)
  }

  #zoneOf(placeId: string): string | null {
    const seen = new Set<string>()
    for (let id: string | null = placeId; id !== null && !seen.has(id); ) {
      seen.add(id)
      const place = this.#places.get(id)
      if (place?.kind === 'zone') return id
      id = place?.parentId ?? null
    }
    return null
  }
}

function parse(value: Uint8Array): Place | Asset | undefined {
  try {
    return JSON.parse(Buffer.from(value.buffer, value.byteOffset, value.length).toString()) as Place | Asset
  } catch {
    return undefined
  }
}
