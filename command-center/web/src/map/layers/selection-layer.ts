import { IconLayer } from '@deck.gl/layers'
import { BRACKETS_PX, type Symbols } from '../symbols.ts'

/** Four ink brackets round the selected asset; with a dot where its own mark is not drawn. */
export const selectionLayer = (position: readonly [number, number] | undefined, dot: boolean, symbols: Symbols) =>
  new IconLayer<readonly [number, number]>({
    id: 'selection',
    data: position ? [position] : [],
    iconAtlas: symbols.atlas as unknown as string,
    iconMapping: symbols.mapping,
    getPosition: ([x, y]) => [x, y],
    getIcon: () => (dot ? 'brackets-dot' : 'brackets'),
    updateTriggers: { getIcon: dot },
    getSize: BRACKETS_PX,
    sizeUnits: 'pixels',
  })
