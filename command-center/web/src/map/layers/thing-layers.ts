import { IconLayer } from '@deck.gl/layers'
import { CONE_PX, STOP_PX, type Symbols } from '../symbols.ts'

/** Something with a symbol of its own: a camera with what it looks at, a tram stop. */
export interface Thing {
  readonly kind: 'camera' | 'stop'
  readonly longitude: number
  readonly latitude: number
  /** Says nothing. */
  readonly ill: boolean
  /** Degrees counter-clockwise from east; of cameras. */
  readonly angle: number
}

export function thingLayers(things: readonly Thing[], symbols: Symbols) {
  const icons = {
    iconAtlas: symbols.atlas as unknown as string,
    iconMapping: symbols.mapping,
    getPosition: ({ longitude, latitude }: Thing): [number, number] => [longitude, latitude],
    sizeUnits: 'pixels' as const,
  }
  return [
    new IconLayer<Thing>({
      id: 'camera-cones',
      data: things.filter(({ kind }) => kind === 'camera'),
      ...icons,
      getIcon: ({ ill }) => (ill ? 'cone-ill' : 'cone'),
      getAngle: ({ angle }) => angle,
      getSize: CONE_PX,
      // Lies on the ground and turns with it; its size stays that of the screen.
      billboard: false,
    }),
    new IconLayer<Thing>({
      id: 'things',
      data: things,
      ...icons,
      getIcon: ({ kind, ill }) => (kind === 'stop' ? 'stop' : ill ? 'camera-ill' : 'camera'),
      getSize: STOP_PX,
    }),
  ]
}
