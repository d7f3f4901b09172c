import { IconLayer, TextLayer } from '@deck.gl/layers'
import { formatCount } from '../../i18n/format.ts'
import { type Palette, rgba } from '../../theme/tokens.ts'
import type { ClusterMark } from '../clusters.ts'
import { markOf } from '../marks.ts'
import { CLUSTER_PX, clusterSymbol, type Symbols, WORST_PX } from '../symbols.ts'

/** Discs with their counts. The count is never coloured; the worst that there is stands beside it. */
export function clusterLayers(marks: readonly ClusterMark[], symbols: Symbols, palette: Palette, scale: number) {
  const position = (mark: ClusterMark): [number, number] => [mark.longitude, mark.latitude]
  const icons = { iconAtlas: symbols.atlas as unknown as string, iconMapping: symbols.mapping }
  return [
    new IconLayer<ClusterMark>({
      id: 'cluster-discs',
      data: marks,
      ...icons,
      getPosition: position,
      getIcon: ({ total, reporting }) => clusterSymbol(total === 0 ? 0 : reporting / total),
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
    new IconLayer<ClusterMark>({
      id: 'cluster-worst',
      data: marks.filter(({ worst }) => markOf(worst) === 'look' || markOf(worst) === 'blind'),
      ...icons,
      getPosition: position,
      getIcon: ({ worst }) => markOf(worst) as string,
      getPixelOffset: [CLUSTER_PX * 0.4, -CLUSTER_PX * 0.4],
      getSize: WORST_PX,
      sizeUnits: 'pixels',
    }),
  ]
}
