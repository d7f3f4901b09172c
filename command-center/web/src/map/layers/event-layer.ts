import { IconLayer } from '@deck.gl/layers'
import { EVENT_PX, type Symbols } from '../symbols.ts'

/** One symbol: what happened last of this kind at this spot. */
export interface EventSpot {
  readonly longitude: number
  readonly latitude: number
  /** Name of the symbol. */
  readonly icon: string
  /** Several kinds at one spot stand side by side: which of them this is. */
  readonly nth: number
}

/** Events above the sensors that saw them, in ink: shape says what, ink and size how bad. */
export function eventLayer(spots: readonly EventSpot[], symbols: Symbols) {
  return new IconLayer<EventSpot>({
    id: 'events',
    data: spots,
    iconAtlas: symbols.atlas as unknown as string,
    iconMapping: symbols.mapping,
    getPosition: ({ longitude, latitude }) => [longitude, latitude],
    getIcon: ({ icon }) => icon,
    getSize: EVENT_PX,
    getPixelOffset: ({ nth }) => [nth * (EVENT_PX - 3), -EVENT_PX * 0.8],
    sizeUnits: 'pixels',
  })
}
