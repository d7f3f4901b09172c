import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type EnginesConfig, enginesConfig } from '@quartier/contracts/engines'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'

const infra = join(import.meta.dirname, '../infra')
const read = (name: string) => parse(readFileSync(join(infra, name), 'utf8'), { merge: true })

interface Service {
  readonly image: string
  readonly ports?: readonly string[]
  readonly healthcheck?: object
  readonly depends_on?: Readonly<Record<string, { condition: string }>>
}
const compose = read('compose.yaml') as { services: Record<string, Service>; volumes: Record<string, null> }

/** `host:port` of everything that an installation is told to reach. */
function addressesOf({ log, store, records }: EnginesConfig): string[] {
  return [...log.brokers.split(','), ...store.servers.map((s) => new URL(s.url).host), new URL(records.url).host]
}

describe('infra/compose.yaml (read, not run: no container engine is needed here)', () => {
  const { secrets, ...engines } = compose.services

  it('starts the engines from official images of a fixed version', () => {
    const images = Object.values(engines).map((s) => s.image)
    expect(images).toEqual(['apache/kafka:4.1.1', 'influxdb:2.7', 'influxdb:2.7', 'postgres:15'])
  })

  it('tells when each of them is ready, after the secrets have been made', () => {
    for (const service of Object.values(engines)) expect(service.healthcheck).toBeDefined()
    for (const name of ['influxdb-1', 'influxdb-2', 'postgres'])
      expect(engines[name]?.depends_on).toEqual({ secrets: { condition: 'service_completed_successfully' } })
    expect(secrets?.ports).toBeUndefined()
  })

  it('is reached on loopback alone, where its configuration of Quartier says', () => {
    const published = Object.values(engines).flatMap((s) => s.ports ?? [])
    for (const port of published) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/)
    const config = enginesConfig.parse(read('compose.quartier.yaml').engines)
    expect(addressesOf(config).sort()).toEqual(published.map((p) => p.replace(/:\d+$/, '')).sort())
  })
})

describe('infra/cluster.yaml', () => {
  it('names every engine, and all of its secrets by file', () => {
    const text = readFileSync(join(infra, 'cluster.yaml'), 'utf8')
    const { log, store, records } = enginesConfig.parse(parse(text).engines)
    expect([log.engine, store.engine, records.engine]).toEqual(['kafka', 'influxdb', 'postgres'])
    expect(text).not.toMatch(/^\s*(password|token|secret):/m)
  })
})
