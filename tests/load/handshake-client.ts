/**
 * Connects by mutual TLS again and again: `node handshake-client.ts` with a job as its first IPC message. Each round is
 * a handshake, an MQTT login and its answer.
 */
import { connect, type TLSSocket } from 'node:tls'
import { connectPacket } from './mqtt-wire.ts'

export interface HandshakeJob {
  readonly port: number
  readonly ca: string
  readonly certificate: string
  readonly key: string
  /** Handshakes under way at once. */
  readonly atOnce: number
  readonly seconds: number
  /** Resume the session of the connection before. */
  readonly resume: boolean
}

export interface HandshakeResult {
  readonly handshakes: number
  readonly resumed: number
  readonly seconds: number
  readonly cpuSeconds: number
}

process.once('message', (job) => void run(job as HandshakeJob).then((result) => process.send?.(result)))

async function run(job: HandshakeJob): Promise<HandshakeResult> {
  let handshakes = 0
  let resumed = 0
  const sessions: (Buffer | undefined)[] = []
  for (let line = 0; line < job.atOnce; line++) sessions[line] = (await once(job, `warm-${line}`)).session
  process.send?.('connected')
  const startedAt = performance.now()
  const before = process.cpuUsage()
  await Promise.all(
    sessions.map(async (first, line) => {
      let session = job.resume ? first : undefined
      while (performance.now() - startedAt < job.seconds * 1_000) {
        const done = await once(job, `line-${line}`, session)
        handshakes++
        if (done.isResumed) resumed++
        if (job.resume) session = done.session ?? session
      }
    }),
  )
  const used = process.cpuUsage(before)
  return {
    handshakes,
    resumed,
    seconds: (performance.now() - startedAt) / 1_000,
    cpuSeconds: (used.user + used.system) / 1e6,
  }
}

function once(
  job: HandshakeJob,
  clientId: string,
  session?: Buffer,
): Promise<{ session?: Buffer; isResumed: boolean }> {
  const { port, ca, certificate: cert, key } = job
  return new Promise((resolve, reject) => {
    const socket: TLSSocket = connect({ port, host: '127.0.0.1', ca, cert, key, session })
    let ticket: Buffer | undefined
    let answered = false
    const end = () => {
      const isResumed = socket.isSessionReused()
      // A resumed session brings no other one.
      if (!answered || (job.resume && !ticket && !isResumed)) return
      socket.destroy()
      resolve({ session: ticket, isResumed })
    }
    socket.on('session', (s: Buffer) => {
      ticket = s
      end()
    })
    socket.on('secureConnect', () => socket.write(connectPacket(clientId)))
    socket.once('data', (chunk) => {
      if (chunk[3] !== 0) reject(new Error(`CONNACK ${chunk.toString('hex')}`))
      answered = true
      end()
    })
    socket.on('error', reject)
  })
}
