/** Holds idle MQTT connections: `node idle-client.ts <port> <connections> <name>`; says "connected" when all are up. */
import { connect } from 'node:net'
import { connectPacket } from './mqtt-wire.ts'

const [port, connections, name] = [Number(process.argv[2]), Number(process.argv[3]), process.argv[4]]
const AT_ONCE = 200
let opened = 0
let up = 0

function open(): void {
  if (opened === connections) return
  const socket = connect(port, '127.0.0.1')
  const id = opened++
  socket.on('connect', () => socket.write(connectPacket(`${name}-${id}`, { keepaliveS: 3_600 })))
  socket.once('data', () => {
    if (++up === connections) process.send?.('connected')
    open()
  })
  socket.on('error', (error) => {
    throw error
  })
}
for (let i = 0; i < AT_ONCE; i++) open()
process.on('message', () => process.exit(0))
