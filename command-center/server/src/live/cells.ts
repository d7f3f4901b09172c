/** Cells of the web Mercator grid, as maps number their tiles: x to the east, y to the south. */
export const ASSET_ZOOM = 18
export const SENSOR_ZOOM = 19

export type Box = readonly [west: number, south: number, east: number, north: number]

export const columnOf = (longitude: number, zoom: number): number =>
  inGrid(Math.floor(((longitude + 180) / 360) * 2 ** zoom), zoom)

export function rowOf(latitude: number, zoom: number): number {
  const phi = (latitude * Math.PI) / 180
  return inGrid(Math.floor(((1 - Math.asinh(Math.tan(phi)) / Math.PI) / 2) * 2 ** zoom), zoom)
}

/** The least and the largest cells that a box touches. */
export function cellsIn([west, south, east, north]: Box, zoom: number) {
  return {
    x0: columnOf(west, zoom),
    x1: columnOf(east, zoom),
    y0: rowOf(north, zoom),
    y1: rowOf(south, zoom),
  }
}

const inGrid = (n: number, zoom: number): number => Math.min(2 ** zoom - 1, Math.max(0, n))
