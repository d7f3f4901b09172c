import { formatNumber } from '../i18n/format.ts'
import type { Translate } from '../i18n/translate.ts'
import { middleOf, type Registry } from '../live/registry.ts'
import type { DistrictSums } from '../live/sums.ts'
import type { Chip } from './chips.ts'
import type { Ground } from './ground.ts'
import { SERVICE_LETTERS } from './service.ts'

const STREET_ZOOM = 16.5
const OPEN_ZOOM = 15.4

/** Letters of streets and squares, and how much of each car park is free. */
export function chipsOf(registry: Registry, sums: DistrictSums, ground: Ground, t: Translate): Chip[] {
  const open: Chip[] = []
  const streets: Chip[] = []
  for (const [i, { id, kind, geometry }] of registry.places.entries()) {
    const { service, blind } = ground[i]!
    if (kind === 'carpark') {
      const found = sums.place(id)
      if (!found) continue
      const share = found.measure('parking')
      const unknown = blind || Number.isNaN(share)
      const text = unknown ? t('map.parkUnknown') : t('map.parkFree', { n: formatNumber(Math.round(share * 100)) })
      open.push({ ...spot(geometry), text: plain(text), service: 0, minZoom: OPEN_ZOOM, blind: unknown })
    } else if (service > 0) {
      const chip = { ...spot(geometry), text: SERVICE_LETTERS[service], service }
      if (kind === 'square') open.push({ ...chip, minZoom: OPEN_ZOOM })
      else streets.push({ ...chip, minZoom: STREET_ZOOM })
    }
  }
  // The worse a street is, the sooner it has room.
  return [...open, ...streets.sort((a, b) => b.service - a.service)]
}

function spot(geometry: Parameters<typeof middleOf>[0]) {
  const [longitude, latitude] = middleOf(geometry)
  return { longitude, latitude }
}

/** Without the marks that isolate numbers: on a canvas the text stands alone. */
const plain = (text: string): string => text.replace(/[\u2066-\u2069]/g, '')
