import { IconLayer, ScatterplotLayer } from '@deck.gl/layers'
import { type Palette, rgba } from '../../theme/tokens.ts'
import { LOOK_PX, STALE_PX, type Symbols } from '../symbols.ts'

/** Longitude and latitude, one pair after the other; a new array only when the positions change. */
export type Positions = Float64Array

export interface SensorPositions {
  readonly normal: Positions
  readonly stale: Positions
  readonly look: Positions
}

const DOT_RADIUS_PX = 3

/** One mark per asset: a dot that reports, a hatched ring that does not, an ink dot in a ring to look at. */
export function sensorLayers(at: SensorPositions, symbols: Symbols, palette: Palette) {
  const binary = (positions: Positions) => ({
    length: positions.length / 2,
    attributes: { getPosition: { value: positions, size: 2 } },
  })
  const icons = (id: 'stale' | 'look', size: number) =>
    new IconLayer({
      id: `sensors-${id}`,
      data: binary(at[id]),
      iconAtlas: symbols.atlas as unknown as string,
      iconMapping: symbols.mapping,
      getIcon: () => id,
      getSize: size,
      sizeUnits: 'pixels',
    })
  return [
    new ScatterplotLayer({
      id: 'sensors-normal',
      data: binary(at.normal),
      getRadius: DOT_RADIUS_PX,
      radiusUnits: 'pixels',
      getFillColor: rgba(palette['ink-3']),
      stroked: true,
      getLineColor: rgba(palette.sheet),
      getLineWidth: 1,
      lineWidthUnits: 'pixels',
      updateTriggers: { getFillColor: palette, getLineColor: palette },
    }),
    icons('stale', STALE_PX),
    icons('look', LOOK_PX),
  ]
}
