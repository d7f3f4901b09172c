import type { ExpressionSpecification, LayerSpecification, StyleSpecification } from 'maplibre-gl'
import type { Palette, Role } from '../theme/tokens.ts'
import type { Basemap } from './basemap.ts'
import type { LiveShape, Shape } from './drawing.ts'

const EARTH_CIRCUMFERENCE_M = 40_075_016.686
const TILE_PX = 512

/** Screen pixels per metre on the ground. */
export const pixelsPerMetre = (zoom: number, latitude: number): number =>
  (TILE_PX * 2 ** zoom) / (EARTH_CIRCUMFERENCE_M * Math.cos((latitude * Math.PI) / 180))

/**
 * The drawing in the colours of one theme. Order from below: land, ground, water, streets, squares, tram, buildings; on
 * top what is known of each place now, which follows the state of its feature.
 */
export function mapStyle(
  shapes: readonly Shape[],
  live: readonly LiveShape[],
  palette: Palette,
  latitude: number,
  basemap?: Basemap,
): StyleSpecification {
  const metres = (width: number | ExpressionSpecification): ExpressionSpecification => [
    'interpolate',
    ['exponential', 2],
    ['zoom'],
    8,
    ['*', width, pixelsPerMetre(8, latitude)],
    24,
    ['*', width, pixelsPerMetre(24, latitude)],
  ]
  const fill = (part: string, role: Role): LayerSpecification => ({
    id: part,
    type: 'fill',
    source: 'district',
    filter: ['==', ['get', 'part'], part],
    layout: { 'fill-sort-key': ['coalesce', ['get', 'order'], 0] },
    paint: { 'fill-color': palette[role], 'fill-antialias': true },
  })
  const line = (id: string, part: string, role: Role, paint: object): LayerSpecification => ({
    id,
    type: 'line',
    source: 'district',
    filter: ['==', ['get', 'part'], part],
    layout: { 'line-cap': 'round', 'line-join': 'round' },
    paint: { 'line-color': palette[role], ...paint },
  })
  const ownWidth = metres(['get', 'w'])
  const shore = (id: string, inset: number): LayerSpecification =>
    line(id, 'shore', 'm-waterline', { 'line-width': 0.8, 'line-offset': metres(-inset) })
  return {
    version: 8,
    ...(basemap?.glyphs && { glyphs: basemap.glyphs }),
    ...(basemap?.sprite && { sprite: basemap.sprite }),
    sources: {
      ...basemap?.sources,
      district: {
        type: 'geojson',
        // biome-ignore lint/suspicious/noExplicitAny: our shapes are read-only GeoJSON, the library's type is not
        data: { type: 'FeatureCollection', features: shapes as any },
        maxzoom: 20,
        tolerance: 0.1,
        buffer: 256,
      },
      live: {
        type: 'geojson',
        // biome-ignore lint/suspicious/noExplicitAny: as above
        data: { type: 'FeatureCollection', features: live as any },
        maxzoom: 20,
        tolerance: 0.1,
        buffer: 256,
      },
    },
    layers: [
      { id: 'land', type: 'background', paint: { 'background-color': palette['m-land'] } },
      ...(basemap?.layers(palette) ?? []),
      fill('ground', 'm-block'),
      fill('water', 'm-water'),
      line('canal', 'canal', 'm-water', { 'line-width': ownWidth }),
      shore('depth-1', 5),
      shore('depth-2', 13),
      shore('depth-3', 24),
      fill('street-area', 'm-road'),
      line('street', 'street', 'm-road', { 'line-width': ownWidth }),
      fill('park', 'm-park'),
      {
        id: 'tree',
        type: 'circle',
        source: 'district',
        filter: ['==', ['get', 'part'], 'tree'],
        paint: { 'circle-color': palette['m-tree'], 'circle-radius': ownWidth },
      },
      fill('square', 'm-plaza'),
      line('paving', 'paving', 'm-plazaline', { 'line-width': 0.6 }),
      line('square-edge', 'square-edge', 'm-plazaline', { 'line-width': 0.8 }),
      line('tram-bed', 'tram', 'm-road', { 'line-width': metres(5) }),
      line('tram', 'tram', 'm-tram', { 'line-width': metres(3.4) }),
      line('tram-gap', 'tram', 'm-road', { 'line-width': metres(1.9) }),
      fill('plot', 'm-block'),
      fill('wall-a', 'm-wall-a'),
      fill('wall-b', 'm-wall-b'),
      fill('roof', 'm-roof'),
      line('parapet', 'parapet', 'm-edge', { 'line-width': metres(0.45) }),
      ...liveLayers(palette, ownWidth),
      line('boundary', 'boundary', 'ink-3', { 'line-width': 1, 'line-dasharray': [7, 3, 1, 3] }),
    ],
  }
}

/** Of a place without a level of service nothing is drawn. */
const SERVICE: ExpressionSpecification = ['coalesce', ['feature-state', 'service'], 0]
const BLIND: ExpressionSpecification = ['boolean', ['feature-state', 'blind'], false]

/** Name of the picture that blind areas are filled with. */
export const HATCH_IMAGE = 'hatch'

function liveLayers(palette: Palette, ownWidth: ExpressionSpecification): LayerSpecification[] {
  const of = (kinds: readonly string[]): ExpressionSpecification => ['in', ['get', 'kind'], ['literal', [...kinds]]]
  const byService = (values: readonly (string | number)[], none: string | number): ExpressionSpecification =>
    [
      'match',
      SERVICE,
      1,
      values[0],
      2,
      values[1],
      3,
      values[2],
      4,
      values[3],
      5,
      values[4],
      6,
      values[5],
      none,
    ] as never
  const ramp = (['a', 'b', 'c', 'd', 'e', 'f'] as const).map((letter) => palette[`los-${letter}`])
  const [, , , d, e, f] = ramp as [string, string, string, string, string, string]
  const grey = palette['ink-4']
  return [
    {
      id: 'density',
      type: 'fill',
      source: 'live',
      filter: of(['square']),
      paint: {
        'fill-color': byService(ramp, palette['m-plaza']),
        'fill-opacity': byService([0.3, 0.42, 0.6, 0.85, 0.85, 0.85], 0),
      },
    },
    {
      id: 'service',
      type: 'line',
      source: 'live',
      filter: of(['street']),
      layout: { 'line-cap': 'butt', 'line-join': 'round' },
      paint: {
        'line-color': byService([grey, grey, grey, d, e, f], grey),
        'line-width': byService([1, 1, 2, 5, 7, 9], 0),
      },
    },
    {
      id: 'blind-street',
      type: 'line',
      source: 'live',
      filter: of(['street']),
      paint: { 'line-pattern': HATCH_IMAGE, 'line-width': ownWidth, 'line-opacity': ['case', BLIND, 1, 0] },
    },
    {
      id: 'blind-ground',
      type: 'fill',
      source: 'live',
      filter: of(['zone', 'building', 'square', 'park', 'carpark']),
      paint: { 'fill-color': palette['m-land'], 'fill-opacity': ['case', BLIND, 0.55, 0] },
    },
    {
      id: 'blind',
      type: 'fill',
      source: 'live',
      filter: of(['zone', 'building', 'square', 'park', 'carpark']),
      paint: { 'fill-pattern': HATCH_IMAGE, 'fill-opacity': ['case', BLIND, 1, 0] },
    },
  ]
}
