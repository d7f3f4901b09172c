// The collector of the peer that benchmarks compare with: Telegraf with nothing but MQTT in and InfluxDB out.
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { cacheFolder, endProcesses, isRunning, run, type Say, waitFor } from './cache.ts'

export const TELEGRAF_VERSION = '1.37.2'
const PACKAGE = `github.com/influxdata/telegraf/cmd/telegraf@v${TELEGRAF_VERSION}`
const PARTS = 'custom,inputs.mqtt_consumer,outputs.influxdb_v2,parsers.json'

export interface TelegrafOptions {
  readonly folder: string
  readonly mqttPort: number
  readonly influx: { readonly url: string; readonly org: string; readonly token: string; readonly bucket: string }
}

export interface TelegrafProcess {
  readonly pids: readonly number[]
  stop(): Promise<void>
}

export const isInstalled = (): boolean => existsSync(binary())

/** Builds it unless the cache has it: about 2 min on two cores. Needs Go. */
export async function install(say: Say): Promise<void> {
  if (isInstalled()) return
  say(`Telegraf ${TELEGRAF_VERSION}: building it from source, once; this takes about 2 min`)
  const folder = join(cacheFolder('bin'), `telegraf-${process.pid}`)
  mkdirSync(folder, { recursive: true })
  try {
    await run('nice', ['-n', '15', 'go', 'install', '-tags', PARTS, PACKAGE], {
      env: { ...process.env, GOBIN: folder, GOFLAGS: '-mod=mod' },
    })
    renameSync(join(folder, 'telegraf'), binary())
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  say(`Telegraf ${TELEGRAF_VERSION}: built`)
}

/** Starts it and resolves when it has subscribed: what is published from then on goes to the bucket. */
export async function start(options: TelegrafOptions): Promise<TelegrafProcess> {
  const { folder } = options
  mkdirSync(folder, { recursive: true })
  const file = join(folder, 'telegraf.conf')
  const output = join(folder, 'telegraf.log')
  writeFileSync(file, configuration(options), { mode: 0o600 })
  const log = openSync(output, 'a')
  const child = spawn(binary(), ['--config', file], { stdio: ['ignore', log, log], detached: true })
  child.unref()
  const pid = child.pid
  if (pid === undefined) throw new Error(`${binary()} could not be started`)
  await waitFor(`Telegraf to connect (its log: ${output})`, 30_000, () => {
    const said = readFileSync(output, 'utf8')
    if (!isRunning(pid)) throw new Error(`Telegraf has ended: ${said.slice(-2000)}`)
    return said.split('Connected [').length > 2 // both inputs
  })
  await delay(SUBSCRIBING_MS)
  return { pids: [pid], stop: () => endProcesses([pid]) }
}

/** It tells when it has connected and subscribes right after that, without a word. */
const SUBSCRIBING_MS = 500
/** Lines of a request, as many as our own adapter sends. */
const BATCH_LINES = 5_000
/** Messages that may be on their way to InfluxDB; Telegraf's own default, 1,000, halves what it reaches. */
const UNDELIVERED = 10_000
const MOST_READINGS_PER_MESSAGE = 20

/**
 * The JSON that our gateway takes, read by Telegraf's JSON parser with as few tags as tell the series apart: single
 * readings `{"ts":…,"value":…}` by their MQTT topic, packs `[{"n":…,"t":…,"v":…}, …]` by the name in each record.
 */
const configuration = ({ mqttPort, influx }: TelegrafOptions): string => `[agent]
  interval = "1s"
  flush_interval = "1s"
  metric_batch_size = ${BATCH_LINES}
  metric_buffer_limit = ${UNDELIVERED * MOST_READINGS_PER_MESSAGE * 2}
  omit_hostname = true

[[outputs.influxdb_v2]]
  urls = ["${influx.url}"]
  token = "${influx.token}"
  organization = "${influx.org}"
  bucket = "${influx.bucket}"
  content_encoding = "identity"

[[inputs.mqtt_consumer]]
  alias = "single"
  name_override = "readings"
  servers = ["tcp://127.0.0.1:${mqttPort}"]
  topics = ["t/#"]
  qos = 1
  client_id = "telegraf-single"
  max_undelivered_messages = ${UNDELIVERED}
  topic_tag = "topic"
  data_format = "json"
  json_time_key = "ts"
  json_time_format = "unix_ms"

[[inputs.mqtt_consumer]]
  alias = "packs"
  name_override = "readings"
  servers = ["tcp://127.0.0.1:${mqttPort}"]
  topics = ["senml/#"]
  qos = 1
  client_id = "telegraf-packs"
  max_undelivered_messages = ${UNDELIVERED}
  topic_tag = ""
  data_format = "json"
  json_time_key = "t"
  json_time_format = "unix"
  tag_keys = ["n"]
`

const binary = (): string => join(cacheFolder('bin'), `telegraf-${TELEGRAF_VERSION}`)
