import { createServer, type Socket } from 'node:net'
import { Aedes } from 'aedes'

export interface Received {
  readonly clientId: string
  readonly topic: string
  readonly payload: Buffer
}

/** A real MQTT broker on a free port of this machine, for tests. */
export interface TestBroker {
  readonly url: string
  readonly received: Received[]
  /** Client ids that are connected. */
  clients(): string[]
  /** While false, QoS 1 publishes are not acknowledged. */
  acknowledge: boolean
  /** Clients that log in under this name are refused. */
  readonly stranger: string
  /** Breaks every connection without a word. */
  dropAll(): void
  close(): Promise<void>
}

const STRANGER = 'stranger'

export async function startBroker(): Promise<TestBroker> {
  const broker = await Aedes.createBroker()
  const sockets = new Set<Socket>()
  const held: (() => void)[] = []
  const connected = new Set<string>()
  let acknowledge = true
  const received: Received[] = []
  broker.on('client', (client) => connected.add(client.id))
  broker.on('clientDisconnect', (client) => connected.delete(client.id))
  broker.authorizePublish = (client, packet, done) => {
    received.push({ clientId: client?.id ?? '', topic: packet.topic, payload: Buffer.from(packet.payload) })
    if (acknowledge) done(null)
    else held.push(() => done(null))
  }
  broker.authenticate = (_client, name, _secret, done) => {
    if (name === STRANGER) done(Object.assign(new Error('bad name'), { returnCode: 4 as const }), null)
    else done(null, true)
  }
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    broker.handle(socket)
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const { port } = server.address() as { port: number }
  return {
    url: `mqtt://127.0.0.1:${port}`,
    received,
    stranger: STRANGER,
    clients: () => [...connected],
    get acknowledge() {
      return acknowledge
    },
    set acknowledge(yes) {
      acknowledge = yes
      if (yes) for (const release of held.splice(0)) release()
    },
    dropAll: () => {
      for (const socket of sockets) socket.destroy()
    },
    close: async () => {
      for (const release of held.splice(0)) release()
      for (const socket of sockets) socket.destroy()
      await new Promise<void>((closed) => broker.close(() => closed()))
      await new Promise<void>((closed) => server.close(() => closed()))
    },
  }
}
