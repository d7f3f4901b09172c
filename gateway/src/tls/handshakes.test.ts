import { mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, type TLSSocket } from 'node:tls'
import { silentLogger } from '@quartier/contracts/runtime'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { tlsConfigSchema } from './config.ts'
import { Handshakes } from './handshakes.ts'

let folder: string
const opened: { server: Server; handshakes: Handshakes }[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'quartier-handshakes-'))
})
afterEach(() => {
  for (const { server, handshakes } of opened.splice(0)) {
    handshakes.close()
    server.close()
  }
  rmSync(folder, { recursive: true })
})

/** A gateway's door, which greets everybody who is through. */
async function open(): Promise<{ port: number; handshakes: Handshakes }> {
  const handshakes = new Handshakes({
    config: tlsConfigSchema.parse({ port: 0 }),
    folder,
    logger: silentLogger,
    timeoutMs: 5_000,
    secured: (socket) => void socket.on('error', () => {}).write('hello'),
    failed: () => {},
  })
  const server = createServer((socket) => handshakes.begin(socket))
  opened.push({ server, handshakes })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { port: (server.address() as AddressInfo).port, handshakes }
}

/** Connects with a session of before, or none; what the gateway gave for the next time. */
function visit(port: number, session?: Buffer): Promise<{ session: Buffer | undefined; isResumed: boolean }> {
  return new Promise((resolve, reject) => {
    const socket: TLSSocket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, session })
    let given: Buffer | undefined
    let greeted = false
    const leave = () => {
      const isResumed = socket.isSessionReused()
      if (!greeted || (!given && !isResumed)) return
      resolve({ session: given, isResumed })
      socket.destroy()
    }
    socket.on('session', (s: Buffer) => {
      given = s
      leave()
    })
    socket.on('data', () => {
      greeted = true
      leave()
    })
    socket.on('error', reject)
  })
}

it('takes up sessions again that began before its certificate was renewed, and after', async () => {
  const { port, handshakes } = await open()
  const before = await visit(port)
  rmSync(join(folder, 'server.pem'))
  handshakes.renew()
  expect((await visit(port, before.session)).isResumed).toBe(true)
  const after = await visit(port)
  expect(after.isResumed).toBe(false)
  const restarted = await open()
  expect((await visit(restarted.port, before.session)).isResumed).toBe(true)
  expect((await visit(restarted.port, after.session)).isResumed).toBe(true)
})

it('finds nothing new in the certificate that it has made itself', async () => {
  const { handshakes } = await open()
  const { material } = handshakes
  handshakes.renew()
  expect(handshakes.material).toBe(material)
})
