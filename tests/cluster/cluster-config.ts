import { randomUUID } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Pool } from '@quartier/contracts/postgres'
import { stringify } from 'yaml'

export interface ClusterConfig {
  /** Configuration file of an installation of its own on the servers of `npm run test:cluster`. */
  readonly file: string
  /** Writes the file anew. */
  write(options: ConfigOptions): void
  /** Removes what the installation left in PostgreSQL. */
  forget(): Promise<void>
}

export interface ConfigOptions {
  /** How many of the InfluxDB servers; all by default. */
  readonly servers?: number
  /** Sections of services, beside the engines. */
  readonly sections?: object
}

/** Waiting for flushes is not what tests are about. */
const BRISK = { ingest: { flushMs: 2_000, ledgerMs: 1_000 } }

/**
 * Writes the configuration of a new installation on the servers that QUARTIER_TEST_… name, with its secrets in files:
 * Kafka through TLS and SASL, InfluxDB, PostgreSQL. `undefined` when one of them is not there.
 */
export function writeClusterConfig(folder: string, options: ConfigOptions = {}): ClusterConfig | undefined {
  const { QUARTIER_TEST_KAFKA_SECURE: kafka, QUARTIER_TEST_INFLUX: influx, QUARTIER_TEST_POSTGRES: url } = process.env
  if (!kafka || !influx || !url) return undefined
  const name = `t${randomUUID().slice(0, 8)}`
  mkdirSync(folder, { recursive: true })
  const secret = (file: string, text: string): string => {
    writeFileSync(join(folder, file), text, { mode: 0o600 })
    return file
  }
  const { bootstrap, caFile, user, password } = JSON.parse(kafka) as Record<string, string>
  const passwordFile = secret('kafka-password', password ?? '')
  const log = {
    ...{ engine: 'kafka', brokers: bootstrap, prefix: `${name}.`, tls: { enabled: true, caFile } },
    sasl: { mechanism: 'SCRAM-SHA-512', username: user, passwordFile },
  }
  const servers = (JSON.parse(influx) as { url: string; org: string; token: string }[]).map((s, i) => ({
    ...{ name: `influx-${i + 1}`, url: s.url, org: s.org },
    tokenFile: secret(`influx-${i + 1}-token`, s.token),
  }))
  const address = new URL(url)
  const schema = `quartier_${name}`
  const records = { engine: 'postgres', schema, passwordFile: secret('postgres-password', address.password) }
  address.password = ''
  const file = join(folder, 'cluster.yaml')
  const write = ({ servers: count = servers.length, sections }: ConfigOptions) => {
    const store = { engine: 'influxdb', bucket: name, servers: servers.slice(0, count) }
    const engines = { log, store, records: { ...records, url: address.href } }
    writeFileSync(file, stringify({ engines, ...BRISK, ...sections }, { aliasDuplicateObjects: false }))
  }
  write(options)
  return {
    file,
    write,
    async forget() {
      const pool = new Pool({ url }, { name: 'test', connections: 1 })
      await pool.query(`drop schema if exists ${schema} cascade`)
      await pool.close()
    },
  }
}
