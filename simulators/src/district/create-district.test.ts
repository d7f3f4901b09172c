import { createHash } from 'node:crypto'
import { assetSchema, type Place, placeSchema, seriesDefinitionSchema } from '@quartier/contracts/schemas'
import { describe, expect, it } from 'vitest'
import { contains, isSimple, overlap, type Rings, turnOf } from '../testing/geometry.ts'
import { createDistrict } from './create-district.ts'

const SEEDS = [1, 2, 3, 31, 4242]
const ringsOf = (place: Place): Rings => (place.geometry.type === 'Polygon' ? place.geometry.coordinates : [])
const ofKind = (places: readonly Place[], kind: Place['kind']) => places.filter((p) => p.kind === kind)
const hashOf = (model: unknown) => createHash('sha256').update(JSON.stringify(model)).digest('hex')

describe('the district', () => {
  it('is the same to the byte for the same seed, on every machine', () => {
    expect(hashOf(createDistrict({ seed: 1, sensors: 2500 }))).toBe(
      '99f4a1f535f98b1a70f943a0846c306845519b6c93976763c6231989ac712c90',
    )
    expect(hashOf(createDistrict({ seed: 31, sensors: 2500 }))).toBe(
      '5f4335919b321477daa2e5a0836948c53d8e8cb69aa2f1af71e8ede2e2439995',
    )
  })

  it('differs between seeds', () => {
    expect(new Set(SEEDS.map((seed) => hashOf(createDistrict({ seed, sensors: 100 })))).size).toBe(SEEDS.length)
  })

  it.each(SEEDS)('has 90 to 100 buildings in seven zones, squares, water and a tram (seed %i)', (seed) => {
    const { places } = createDistrict({ seed, sensors: 1 })
    const count = (kind: Place['kind']) => ofKind(places, kind).length
    expect(count('building')).toBeGreaterThanOrEqual(90)
    expect(count('building')).toBeLessThanOrEqual(100)
    expect([count('zone'), count('square'), count('park'), count('carpark'), count('tramline')]).toEqual([
      7, 2, 1, 3, 1,
    ])
    expect(count('water')).toBe(2)
    expect(places.every((p) => p.name !== '' && /[\u0600-\u06ff]/.test(p.nameAr))).toBe(true)
  })

  it.each(SEEDS)('has simple polygons, wound as RFC 7946 asks (seed %i)', (seed) => {
    for (const place of createDistrict({ seed, sensors: 1 }).places) {
      const rings = ringsOf(place)
      expect(isSimple(rings), place.id).toBe(true)
      expect(
        rings.every((ring, i) => turnOf(ring) > 0 === (i === 0)),
        place.id,
      ).toBe(true)
    }
  })

  it.each(SEEDS)('has no two things on the same ground, and none outside the site (seed %i)', (seed) => {
    const { places } = createDistrict({ seed, sensors: 1 })
    const solid = places.filter((p) => ['building', 'square', 'park', 'carpark'].includes(p.kind))
    for (const [i, a] of solid.entries()) {
      for (const b of solid.slice(i + 1)) expect(overlap(ringsOf(a), ringsOf(b)), `${a.id} on ${b.id}`).toBe(false)
    }
    const site = ringsOf(places[0]!)
    expect(solid.flatMap((p) => ringsOf(p)[0]!).every((corner) => contains(site, corner))).toBe(true)
    expect(solid.some((p) => overlap(ringsOf(p), ringsOf(ofKind(places, 'water')[0]!)))).toBe(false)
  })

  it('keeps every building inside its zone', () => {
    const { places } = createDistrict({ seed: 31, sensors: 1 })
    const zones = new Map(ofKind(places, 'zone').map((z) => [z.id, ringsOf(z)]))
    for (const building of ofKind(places, 'building')) {
      const zone = zones.get(building.parentId!)!
      expect(
        ringsOf(building)[0]!.every((corner) => contains(zone, corner)),
        building.id,
      ).toBe(true)
    }
  })

  it('lays streets and tram clear of the buildings', () => {
    const { places } = createDistrict({ seed: 31, sensors: 1 })
    const buildings = ofKind(places, 'building').map(ringsOf)
    for (const line of [...ofKind(places, 'street'), ...ofKind(places, 'tramline')]) {
      const points = line.geometry.type === 'LineString' ? line.geometry.coordinates : []
      const there = [...points, ...points.toReversed().slice(1)]
      expect(
        buildings.some((b) => overlap([there], b)),
        line.id,
      ).toBe(false)
    }
    expect(ofKind(places, 'street').every((s) => s.widthM >= 7)).toBe(true)
  })

  it('meets the schemas of the registry', () => {
    const { places, assets, series } = createDistrict({ seed: 31, sensors: 2500 })
    for (const place of places) placeSchema.parse(place)
    for (const asset of assets) assetSchema.parse(asset)
    for (const one of series) seriesDefinitionSchema.parse(one)
  })

  it.each([1, 7, 100, 2500, 20_000])('has exactly %i series, with ids and assets of their own', (sensors) => {
    const { places, assets, series } = createDistrict({ seed: 31, sensors })
    expect(series).toHaveLength(sensors)
    expect(new Set(series.map((s) => s.id)).size).toBe(sensors)
    expect(new Set(assets.map((a) => a.id)).size).toBe(assets.length)
    expect(new Set(places.map((p) => p.id)).size).toBe(places.length)
    const known = new Set(assets.map((a) => a.id))
    expect(series.every((s) => known.has(s.assetId!) && s.key.startsWith(`${s.source}/`))).toBe(true)
    // Formats with names of their own are the demonstration's alone.
    const plain = createDistrict({ seed: 31, sensors, source: 'mine' }).series
    expect(plain.every((s) => s.key === `mine/${s.assetId}/${s.property}`)).toBe(true)
  })

  it('names parents before their children: place to district, device to gateway to switch to feeder', () => {
    const { places, assets } = createDistrict({ seed: 31, sensors: 2500 })
    const seen = new Set<string>()
    for (const { id, parentId } of places) {
      expect(parentId === null || seen.has(parentId), id).toBe(true)
      seen.add(id)
    }
    for (const { id, parentId, placeId } of assets) {
      expect((parentId === null || seen.has(parentId)) && seen.has(placeId), id).toBe(true)
      seen.add(id)
    }
    const parents = new Map(assets.map((a) => [a.id, a]))
    const chain = (id: string): string[] => {
      const asset = parents.get(id)!
      return asset.parentId === null ? [asset.kind] : [asset.kind, ...chain(asset.parentId)]
    }
    const device = assets.find((a) => a.kind === 'air-handler')!
    expect(chain(device.id)).toEqual(['air-handler', 'gateway', 'network-switch', 'feeder'])
  })

  it('puts what stands in a building inside its walls', () => {
    const { places, assets } = createDistrict({ seed: 31, sensors: 5000 })
    const buildings = new Map(ofKind(places, 'building').map((b) => [b.id, ringsOf(b)]))
    const inside = assets.filter((a) => buildings.has(a.placeId))
    expect(inside.length).toBeGreaterThan(500)
    for (const a of inside) expect(contains(buildings.get(a.placeId)!, [a.longitude, a.latitude]), a.id).toBe(true)
  })

  it('takes one interval for all series when it is given', () => {
    const { series } = createDistrict({ seed: 31, sensors: 500, intervalMs: 5000 })
    expect(new Set(series.map((s) => s.intervalMs))).toEqual(new Set([5000]))
  })
})
