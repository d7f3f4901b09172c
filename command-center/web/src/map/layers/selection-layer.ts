import { IconLayer } from '@deck.gl/layers'
import { BRACKETS_PX, type Symbols } from '../symbols.ts'

/** Four ink brackets round the selected asset. */
export const selectionLayer = (position: readonly [number, number] | undefined, symbols: Symbols) =>
  new IconLayer<readonly [number, number]>({
    id: 'selection',
    data: position ? [position] : [],
    iconAtlas: symbols.atlas as unknown as string,
    iconMapping: symbols.mapping,
    getPosition: ([x, y]) => [x, y],
    getIcon: () => 'brackets',
    getSize: BRACKETS_PX,
    sizeUnits: 'pixels',
  })
