import { createEventColumns, type EventColumns, growEventColumns } from './columns.ts'
import { DATA_CLASSES, type NewEvent } from './event.ts'
import { hashEventId } from './identity.ts'
import { EVENT_KINDS, SEVERITIES } from './kinds.ts'

/** When an event happened, as it will be stored. */
export interface EventTimes {
  readonly measuredAt: number
  readonly receivedAt: number
  readonly quality: number
}

/** Columns that events are added to, and that are used again after each batch. */
export class EventBuilder {
  readonly columns: EventColumns = createEventColumns(256, 16_384)
  #words = new Map<string, number>()
  #buffer = Buffer.from(this.columns.attributes.buffer)
  #nth = 0

  /**
   * Adds one event, which was checked.
   * @param owner `source/device`
   * @param json  its attributes, '' when it has none
   */
  add(owner: string, event: NewEvent, json: string, times: EventTimes): void {
    const c = this.columns
    const row = c.length
    const from = row === 0 ? 0 : (c.attributesEnd[row - 1] as number)
    if (row + 1 > c.measuredAt.length || from + json.length * 3 > c.attributes.length) {
      growEventColumns(c, row + 1, from + json.length * 3)
      this.#buffer = Buffer.from(c.attributes.buffer)
    }
    hashEventId(this.#identity(owner, event, json, times.receivedAt), c.ids, row * 4)
    c.measuredAt[row] = times.measuredAt
    c.receivedAt[row] = times.receivedAt
    c.device[row] = this.#word(owner)
    c.asset[row] = event.asset === undefined ? 0 : this.#word(event.asset) + 1
    const kind = EVENT_KINDS[event.kind]
    c.kind[row] = kind.code
    const dataClass = event.dataClass === undefined ? 0 : DATA_CLASSES.indexOf(event.dataClass)
    c.severity[row] = SEVERITIES.indexOf(event.severity ?? kind.severity) | (dataClass << 4)
    c.quality[row] = times.quality
    c.attributesEnd[row] = from + (json === '' ? 0 : this.#buffer.write(json, from))
    c.length = row + 1
  }

  clear(): void {
    this.columns.length = 0
    this.columns.words.length = 0
    this.#words.clear()
  }

  /** What the same happening will say again; with neither an id nor a time, nothing is the same. */
  #identity(owner: string, { id, kind, measuredAt }: NewEvent, json: string, receivedAt: number): string {
    if (id !== undefined) return `${owner}\n${kind}\ni${id}`
    if (!Number.isNaN(measuredAt)) return `${owner}\n${kind}\nt${measuredAt}\n${json}`
    return `${owner}\n${kind}\nr${receivedAt}\n${process.pid}.${this.#nth++}.${process.hrtime.bigint()}`
  }

  #word(text: string): number {
    let place = this.#words.get(text)
    if (place === undefined) {
      place = this.columns.words.push(text) - 1
      this.#words.set(text, place)
    }
    return place
  }
}
