import type { BasemapView } from '@quartier/contracts/api'
import { addProtocol, type LayerSpecification, type StyleSpecification } from 'maplibre-gl'
import { useEffect, useState } from 'react'
import { fetchAbout } from '../api/client.ts'
import type { Palette, Role } from '../theme/tokens.ts'

/** What lies beneath the district's own drawing. */
export interface Basemap {
  readonly sources: StyleSpecification['sources']
  readonly glyphs?: StyleSpecification['glyphs']
  readonly sprite?: StyleSpecification['sprite']
  layers(palette: Palette): readonly LayerSpecification[]
}

/** The base map that the installation has, if any; the map does not wait for it. */
export function useBasemap(): Basemap | undefined {
  const [basemap, setBasemap] = useState<Basemap>()
  useEffect(() => {
    const abort = new AbortController()
    const load = async () => {
      const { basemap: view } = await fetchAbout(abort.signal)
      if (view) setBasemap(view.kind === 'style' ? await fromStyle(view, abort.signal) : await fromTiles(view))
    }
    // Without it the district stands on bare land, as it does where there is none.
    load().catch(() => undefined)
    return () => abort.abort()
  }, [])
  return basemap
}

const PREFIX = 'base-'

async function fromStyle({ url }: BasemapView, signal: AbortSignal): Promise<Basemap> {
  const style = (await (await fetch(url, { signal })).json()) as StyleSpecification
  const named = Object.entries(style.sources).map(([name, source]) => [PREFIX + name, source] as const)
  const layers = style.layers.map((layer) => ({
    ...layer,
    id: PREFIX + layer.id,
    ...('source' in layer ? { source: PREFIX + layer.source } : {}),
  })) as LayerSpecification[]
  return { sources: Object.fromEntries(named), glyphs: style.glyphs, sprite: style.sprite, layers: () => layers }
}

const SOURCE = `${PREFIX}tiles`
const VECTOR_TILES = 1

/** How the layers of common schemas are drawn: fainter than the district, and without names. */
const LOOKS: readonly { names: readonly string[]; role: Role; widthPx?: number }[] = [
  { names: ['earth', 'land'], role: 'm-land' },
  { names: ['landuse', 'landcover', 'park'], role: 'm-fabric' },
  { names: ['water'], role: 'm-water' },
  { names: ['roads', 'transportation'], role: 'm-road', widthPx: 2 },
  { names: ['buildings', 'building'], role: 'm-fabric' },
]

async function fromTiles({ url }: BasemapView): Promise<Basemap> {
  const { PMTiles, Protocol } = await import('pmtiles')
  const tiles = new PMTiles(new URL(url, location.href).href)
  const protocol = new Protocol()
  protocol.add(tiles)
  addProtocol('pmtiles', protocol.tile)
  const { tileType } = await tiles.getHeader()
  const address = `pmtiles://${tiles.source.getKey()}`
  if (tileType !== VECTOR_TILES) {
    const layer: LayerSpecification = { id: SOURCE, type: 'raster', source: SOURCE, paint: { 'raster-saturation': -1 } }
    return { sources: { [SOURCE]: { type: 'raster', url: address } }, layers: () => [layer] }
  }
  const { vector_layers = [] } = ((await tiles.getMetadata()) ?? {}) as { vector_layers?: { id: string }[] }
  const present = new Set(vector_layers.map(({ id }) => id))
  return {
    sources: { [SOURCE]: { type: 'vector', url: address } },
    layers: (palette) =>
      LOOKS.flatMap(({ names, role, widthPx }) =>
        names.filter((name) => present.has(name)).map((name) => layerOf(name, palette[role], widthPx)),
      ),
  }
}

function layerOf(name: string, color: string, widthPx: number | undefined): LayerSpecification {
  const common = { id: PREFIX + name, source: SOURCE, 'source-layer': name }
  if (widthPx === undefined) {
    return { ...common, type: 'fill', filter: ['==', ['geometry-type'], 'Polygon'], paint: { 'fill-color': color } }
  }
  return { ...common, type: 'line', paint: { 'line-color': color, 'line-width': widthPx } }
}
