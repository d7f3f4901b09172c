// Real Apache Kafka as ordinary processes on loopback: one KRaft broker, or three.
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { cacheFolder, endProcesses, freePort, isRunning, run, type Say, waitFor } from './cache.ts'

export const KAFKA_VERSION = '4.1.1'

export interface KafkaOptions {
  /** Data, configuration and logs of the brokers; made when missing. What an earlier start left there is used again. */
  readonly folder: string
  /** 1 (default) or 3, replicated three times with two in-sync replicas required. */
  readonly brokers?: 1 | 3
  /** First port; broker n takes three from `port + 10 (n - 1)` on: open, TLS, controller. Free ones by default. */
  readonly port?: number
  /**
   * Puts something between clients and the open port of a broker; clients are told the port that is returned. The
   * brokers use it among themselves as well.
   */
  readonly behind?: (broker: number, openPort: number) => Promise<number>
}

export interface KafkaBroker {
  readonly id: number
  /** Addresses that clients use: unencrypted and open, and TLS with SASL (PLAIN, SCRAM-SHA-512). */
  readonly address: string
  readonly secureAddress: string
  pid: number
  /** Ends the broker as an operator would (SIGTERM) or as a fault does (SIGKILL). */
  stop(how?: 'SIGTERM' | 'SIGKILL'): Promise<void>
  /** Starts it again on its data. */
  start(): Promise<void>
}

export interface KafkaCluster {
  /** `host:port` of every broker, separated by commas. */
  readonly bootstrap: string
  readonly secure: SecureAccess
  readonly brokers: readonly KafkaBroker[]
  readonly pids: readonly number[]
  stop(): Promise<void>
}

/** What a client of the TLS listener needs; the certificate is made for this cluster. */
export interface SecureAccess {
  readonly bootstrap: string
  readonly caFile: string
  readonly user: string
  readonly password: string
  /** Holds the password alone. */
  readonly passwordFile: string
}

/** Fetches Kafka's libraries into the cache through Maven when they are not there; needs a JDK 17 and `mvn`. */
export async function install(say: Say): Promise<void> {
  await run('java', ['-version'])
  if (existsSync(libraries())) return
  say(`Apache Kafka ${KAFKA_VERSION}: fetching its libraries with Maven (45 MB) …`)
  const folder = cacheFolder(`kafka-${KAFKA_VERSION}`)
  const arriving = join(folder, `libs-${process.pid}`)
  writeFileSync(join(folder, 'pom.xml'), POM)
  await run('mvn', ['-q', '-B', 'dependency:copy-dependencies', `-DoutputDirectory=${arriving}`], { cwd: folder })
  if (existsSync(libraries())) rmSync(arriving, { recursive: true })
  else renameSync(arriving, libraries())
}

/** Starts the brokers and resolves when all of them serve. */
export async function start(options: KafkaOptions): Promise<KafkaCluster> {
  const { folder, brokers: count = 1, port } = options
  mkdirSync(folder, { recursive: true })
  const ids = Array.from({ length: count }, (_, i) => i + 1)
  const secrets = secretsIn(folder)
  const { caFile, keyStore } = await certificate(folder)
  const plans: Plan[] = []
  for (const id of ids) {
    const at = async (n: number) => (port === undefined ? freePort() : port + 10 * (id - 1) + n)
    const open = await at(0)
    const told = (await options.behind?.(id, open)) ?? open
    plans.push({ id, open, told, secure: await at(1), controller: await at(2), keyStore, count })
  }
  for (const plan of plans) await format(folder, plan, plans, secrets)
  const brokers = plans.map((plan) => broker(folder, plan))
  try {
    await Promise.all(brokers.map((b) => b.start()))
  } catch (error) {
    await Promise.all(brokers.map((b) => b.stop('SIGKILL')))
    throw error
  }
  return {
    bootstrap: brokers.map((b) => b.address).join(','),
    secure: { bootstrap: brokers.map((b) => b.secureAddress).join(','), caFile, ...secrets },
    brokers,
    get pids() {
      return brokers.map((b) => b.pid).filter((pid) => pid > 0)
    },
    async stop() {
      await Promise.all(brokers.map((b) => b.stop()))
    },
  }
}

interface Plan {
  readonly id: number
  readonly open: number
  /** Where clients are told that the open port is. */
  readonly told: number
  readonly controller: number
  readonly secure: number
  readonly keyStore: string
  readonly count: number
}

const libraries = () => join(cacheFolder(`kafka-${KAFKA_VERSION}`), 'libs')
const classpath = () => ['-cp', join(libraries(), '*')]

const POM = `<project><modelVersion>4.0.0</modelVersion>
<groupId>quartier</groupId><artifactId>kafka</artifactId><version>1</version><packaging>pom</packaging>
<dependencies>
<dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>${KAFKA_VERSION}</version></dependency>
<dependency><groupId>org.apache.logging.log4j</groupId><artifactId>log4j-slf4j-impl</artifactId><version>2.24.3</version></dependency>
</dependencies></project>
`

const LOG4J = `<Configuration status="warn"><Appenders><Console name="out">
<PatternLayout pattern="%d %p %c{1}: %m%n"/></Console></Appenders>
<Loggers><Root level="warn"><AppenderRef ref="out"/></Root></Loggers></Configuration>
`

/** Written once per data folder; a folder that is formatted keeps its records. */
async function format(folder: string, plan: Plan, plans: readonly Plan[], secrets: Secrets): Promise<void> {
  const own = join(folder, `broker-${plan.id}`)
  mkdirSync(own, { recursive: true })
  writeFileSync(join(own, 'log4j2.xml'), LOG4J)
  writeFileSync(join(own, 'server.properties'), properties(own, plan, plans, secrets))
  if (existsSync(join(own, 'data', 'meta.properties'))) return
  const scram = `SCRAM-SHA-512=[name=${secrets.user},password=${secrets.password}]`
  const tool = ['kafka.tools.StorageTool', 'format', '-t', CLUSTER_ID, '-c', join(own, 'server.properties')]
  await run('java', [
    `-Dlog4j2.configurationFile=${join(own, 'log4j2.xml')}`,
    ...classpath(),
    ...tool,
    '--add-scram',
    scram,
  ])
}

const CLUSTER_ID = 'cXVhcnRpZXItY2x1c3Rlcg' // any 16 bytes in base64

type Secrets = Pick<SecureAccess, 'user' | 'password' | 'passwordFile'>

/** Made with the brokers' data, which remember the password. */
function secretsIn(folder: string): Secrets {
  const passwordFile = join(folder, 'password')
  if (!existsSync(passwordFile)) writeFileSync(passwordFile, randomBytes(16).toString('hex'), { mode: 0o600 })
  return { user: 'quartier', password: readFileSync(passwordFile, 'utf8'), passwordFile }
}

function properties(own: string, plan: Plan, plans: readonly Plan[], { user, password }: Secrets): string {
  const replicas = plan.count
  const login = 'org.apache.kafka.common.security'
  return Object.entries({
    'process.roles': 'broker,controller',
    'node.id': plan.id,
    'controller.quorum.voters': plans.map((p) => `${p.id}@127.0.0.1:${p.controller}`).join(','),
    listeners: `OPEN://127.0.0.1:${plan.open},SECURE://127.0.0.1:${plan.secure},CONTROLLER://127.0.0.1:${plan.controller}`,
    'advertised.listeners': `OPEN://127.0.0.1:${plan.told},SECURE://127.0.0.1:${plan.secure}`,
    'listener.security.protocol.map': 'OPEN:PLAINTEXT,CONTROLLER:PLAINTEXT,SECURE:SASL_SSL',
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'OPEN',
    'listener.name.secure.sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-512',
    'listener.name.secure.plain.sasl.jaas.config': `${login}.plain.PlainLoginModule required user_${user}="${password}";`,
    'listener.name.secure.scram-sha-512.sasl.jaas.config': `${login}.scram.ScramLoginModule required;`,
    'listener.name.secure.ssl.keystore.location': plan.keyStore,
    'listener.name.secure.ssl.keystore.type': 'PKCS12',
    'listener.name.secure.ssl.keystore.password': STORE_PASSWORD,
    'log.dirs': join(own, 'data'),
    'num.partitions': 1,
    'auto.create.topics.enable': false,
    'default.replication.factor': replicas,
    'min.insync.replicas': Math.min(2, replicas),
    'offsets.topic.replication.factor': replicas,
    'offsets.topic.num.partitions': 4,
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': Math.min(2, replicas),
    'transaction.state.log.num.partitions': 4,
    'share.coordinator.state.topic.replication.factor': replicas,
    'share.coordinator.state.topic.min.isr': Math.min(2, replicas),
    'group.initial.rebalance.delay.ms': 0,
    'group.consumer.heartbeat.interval.ms': 1000,
    'group.consumer.min.heartbeat.interval.ms': 500,
    'log.cleaner.backoff.ms': 1000,
    'log.retention.check.interval.ms': 10_000,
  })
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')
}

function broker(folder: string, plan: Plan): KafkaBroker {
  const own = join(folder, `broker-${plan.id}`)
  const self: KafkaBroker = {
    id: plan.id,
    address: `127.0.0.1:${plan.told}`,
    secureAddress: `127.0.0.1:${plan.secure}`,
    pid: 0,
    async start() {
      const output = openSync(join(own, 'output.txt'), 'a')
      const memory = plan.count === 1 ? ['-Xms256m', '-Xmx1g'] : ['-Xms192m', '-Xmx512m']
      const args = [...memory, '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=4']
      const main = [`-Dlog4j2.configurationFile=${join(own, 'log4j2.xml')}`, ...classpath(), 'kafka.Kafka']
      const child = spawn('java', [...args, ...main, join(own, 'server.properties')], {
        cwd: own,
        detached: true,
        stdio: ['ignore', output, output],
      })
      child.unref()
      self.pid = child.pid ?? 0
      await waitFor(`Kafka broker ${plan.id} (see ${join(own, 'output.txt')})`, 90_000, () => {
        if (!isRunning(self.pid)) throw new Error(`Kafka broker ${plan.id} has ended: see ${join(own, 'output.txt')}`)
        return answers(plan.open)
      })
    },
    async stop(how = 'SIGTERM') {
      const { pid } = self
      self.pid = 0
      if (pid === 0) return
      if (how === 'SIGKILL') process.kill(pid, 'SIGKILL')
      await endProcesses([pid], 30_000)
    },
  }
  return self
}

const STORE_PASSWORD = 'on-loopback'

/** A key store with one self-signed certificate for loopback, and that certificate for clients. */
async function certificate(folder: string): Promise<{ caFile: string; keyStore: string }> {
  const keyStore = join(folder, 'broker.p12')
  const caFile = join(folder, 'ca.pem')
  if (existsSync(caFile)) return { caFile, keyStore }
  const store = ['-alias', 'kafka', '-keystore', keyStore, '-storetype', 'PKCS12', '-storepass', STORE_PASSWORD]
  const subject = ['-dname', 'CN=127.0.0.1', '-ext', 'SAN=ip:127.0.0.1,dns:localhost', '-validity', '3650']
  await run('keytool', ['-genkeypair', ...store, ...subject, '-keyalg', 'EC', '-groupname', 'secp256r1'])
  await run('keytool', ['-exportcert', '-rfc', ...store, '-file', caFile])
  return { caFile, keyStore }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
