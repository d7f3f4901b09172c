import { IconLayer, ScatterplotLayer } from '@deck.gl/layers'
import { type Palette, rgba } from '../../theme/tokens.ts'
import type { MarkName, NearMarks, Positions } from '../marks.ts'
import { LOOK_PX, SMALL_PX, STALE_PX, type Symbols } from '../symbols.ts'

const DOT_RADIUS_PX = 3

const SIZES: Readonly<Record<MarkName, number>> = {
  waiting: SMALL_PX,
  doubt: SMALL_PX,
  blind: STALE_PX,
  look: LOOK_PX,
}

/** A dot for everything in view; on top of it a symbol where there is something to say, the most pressing last. */
export function sensorLayers(marks: NearMarks, symbols: Symbols, palette: Palette) {
  const binary = (positions: Positions) => ({
    length: positions.length / 2,
    attributes: { getPosition: { value: positions, size: 2 } },
  })
  return [
    new ScatterplotLayer({
      id: 'near-dots',
      data: binary(marks.dots),
      getRadius: DOT_RADIUS_PX,
      radiusUnits: 'pixels',
      getFillColor: rgba(palette['ink-3']),
      stroked: true,
      getLineColor: rgba(palette.sheet),
      getLineWidth: 1,
      lineWidthUnits: 'pixels',
      updateTriggers: { getFillColor: palette, getLineColor: palette },
    }),
    ...(Object.keys(SIZES) as MarkName[]).map(
      (name) =>
        new IconLayer({
          id: `near-${name}`,
          data: binary(marks[name]),
          iconAtlas: symbols.atlas as unknown as string,
          iconMapping: symbols.mapping,
          getIcon: () => name,
          getSize: SIZES[name],
          sizeUnits: 'pixels',
        }),
    ),
  ]
}
