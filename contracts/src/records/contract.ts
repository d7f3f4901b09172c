import { describe } from 'vitest'
import { credentialsContract } from './contract/credentials.ts'
import { type PrepareRecords, useRecords } from './contract/fixture.ts'
import { geoJsonContract } from './contract/geojson.ts'
import { historyContract } from './contract/history.ts'
import { importContract } from './contract/import.ts'
import { peopleContract } from './contract/people.ts'
import { principalsContract } from './contract/principals.ts'
import { registryContract } from './contract/registry.ts'
import { togetherContract } from './contract/together.ts'
import { topologyContract } from './contract/topology.ts'

export type { PrepareRecords, RecordsUnderTest } from './contract/fixture.ts'

/** What every records database promises, as tests. `prepare` makes an empty one. */
export function recordsContract(name: string, prepare: PrepareRecords): void {
  describe(`records contract: ${name}`, () => {
    const place = useRecords(prepare)
    describe('principals', () => principalsContract(place))
    describe('credentials', () => credentialsContract(place))
    describe('people', () => peopleContract(place))
    describe('registry', () => registryContract(place))
    describe('topology', () => topologyContract(place))
    describe('versions', () => historyContract(place))
    describe('import of series', () => importContract(place))
    describe('import of GeoJSON', () => geoJsonContract(place))
    describe('shared use', () => togetherContract(place))
  })
}
