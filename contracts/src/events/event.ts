import type { AttributeName, EVENT_ATTRIBUTES, EventKind, Severity } from './kinds.ts'

/** How an event concerns people: not at all, by a token that only we can make, or by something of theirs. */
export const DATA_CLASSES = ['none', 'pseudonymous', 'personal'] as const
export type DataClass = (typeof DATA_CLASSES)[number]

export type AttributeValue = string | number | boolean
interface TypeOf {
  string: string
  number: number
  boolean: boolean
}

/** Facts about an event: the known names have their type, others any. */
export type EventAttributes = { readonly [K in AttributeName]?: TypeOf[(typeof EVENT_ATTRIBUTES)[K]] } & {
  readonly [name: string]: AttributeValue | undefined
}

/** Something that happened, as a codec reads it from a payload. */
export interface NewEvent {
  /** The device that says so; the sender must be allowed to speak for it. */
  readonly device: string
  readonly kind: EventKind
  /** Epoch ms by the device's clock, NaN when the payload names no time. */
  readonly measuredAt: number
  /**
   * What the sender calls this one happening, the same when it is sent again, unique for its device and kind. Without
   * it, two events of one device, kind and time with equal attributes are the same event.
   */
  readonly id?: string | undefined
  /** Default: that of the kind. */
  readonly severity?: Severity | undefined
  readonly attributes?: EventAttributes | undefined
  /** The asset it is about, where the payload names one; else the one that the device belongs to. */
  readonly asset?: string | undefined
  /** Quality byte of contracts/src/readings/quality.ts (default good). */
  readonly quality?: number | undefined
  /** Default none. */
  readonly dataClass?: DataClass | undefined
}

/** An event as it is stored and shown. */
export interface DistrictEvent {
  /** 32 hexadecimal digits, the same for the same happening. */
  readonly id: string
  readonly kind: EventKind
  readonly source: string
  readonly device: string
  readonly assetId: string | null
  readonly zoneId: string | null
  readonly measuredAt: number
  readonly receivedAt: number
  readonly severity: Severity
  readonly quality: number
  readonly dataClass: DataClass
  readonly attributes: EventAttributes
}

export const MAX_ATTRIBUTES = 32
export const MAX_ATTRIBUTE_NAME = 64
/** Of the attributes of one event together, names and values. */
export const MAX_ATTRIBUTE_CHARACTERS = 4096
export const MAX_EVENT_ID = 200
