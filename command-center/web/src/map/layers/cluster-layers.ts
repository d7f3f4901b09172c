import { IconLayer, TextLayer } from '@deck.gl/layers'
import { formatCount } from '../../i18n/format.ts'
import { type Palette, rgba } from '../../theme/tokens.ts'
import type { Cluster, ClusterFigures } from '../clusters.ts'
import { CLUSTER_PX, clusterSymbol, type Symbols } from '../symbols.ts'

export interface ClusterMark extends Cluster, ClusterFigures {}

/** Discs with their counts. The count is never coloured. */
export function clusterLayers(marks: readonly ClusterMark[], symbols: Symbols, palette: Palette, scale: number) {
  const position = (mark: ClusterMark): [number, number] => [mark.longitude, mark.latitude]
  return [
    new IconLayer<ClusterMark>({
      id: 'cluster-discs',
      data: marks,
      iconAtlas: symbols.atlas as unknown as string,
      iconMapping: symbols.mapping,
      getPosition: position,
      getIcon: (mark) => clusterSymbol(mark.series === 0 ? 0 : mark.reporting / mark.series),
      getSize: CLUSTER_PX,
      sizeUnits: 'pixels',
    }),
    new TextLayer<ClusterMark>({
      id: 'cluster-counts',
      data: marks,
      getPosition: position,
      getText: (mark) => formatCount(mark.series),
      getSize: 11,
      sizeUnits: 'pixels',
      getColor: rgba(palette['ink-1']),
      fontFamily: 'Plex Cond',
      fontWeight: 500,
      characterSet: '0123456789.k',
      fontSettings: { fontSize: Math.round(22 * scale), buffer: 4 },
      getTextAnchor: 'middle',
      getAlignmentBaseline: 'center',
    }),
  ]
}
