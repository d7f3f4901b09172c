import type { EventReader } from '@quartier/contracts/event-store'
import type { DistrictEvent } from '@quartier/contracts/events'
import { type DayKeys, dayOf } from '@quartier/contracts/privacy/day-keys'
import { openToken } from '@quartier/contracts/privacy/plate-token'

/**
 * Shows the tokens of plates that were seen today, so that one vehicle can be recognised until the platform day ends; then
 * nobody has the key any more, and events are shown without.
 */
export function withOpenTokens(events: EventReader, keys: DayKeys): EventReader {
  const open = (event: DistrictEvent): DistrictEvent => {
    const { plateToken: sealed, ...attributes } = event.attributes
    if (sealed === undefined) return event
    const key = keys.existing()
    const token = key?.day === dayOf(event.receivedAt) ? openToken(key, sealed) : undefined
    return { ...event, attributes: token === undefined ? attributes : { ...attributes, plateToken: token } }
  }
  return {
    search: async (query) => {
      const page = await events.search(query)
      return { ...page, events: page.events.map(open) }
    },
    arrivals: async (cursor) => {
      const news = await events.arrivals(cursor)
      return { ...news, events: news.events.map(open) }
    },
    usage: () => events.usage(),
    close: () => events.close(),
  }
}
