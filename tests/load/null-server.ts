/** Takes MQTT, acknowledges at once and keeps nothing: what it reaches is the generator's own ceiling. */
import { createServer } from 'node:net'

const CONNACK = Buffer.from([0x20, 2, 0, 0])

const server = createServer((socket) => {
  let rest: Buffer = Buffer.alloc(0)
  socket.on('error', () => {})
  socket.on('data', (chunk) => {
    const bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk
    const acks = Buffer.allocUnsafe((bytes.length >> 3) * 4 + 4)
    let ack = 0
    let at = 0
    while (at + 2 <= bytes.length) {
      let length = 0
      let shift = 0
      let i = at + 1
      for (; i < bytes.length; i++) {
        const b = bytes[i] as number
        length |= (b & 0x7f) << shift
        shift += 7
        if (b < 128) break
      }
      const body = i + 1
      if (body + length > bytes.length) break
      const type = (bytes[at] as number) >> 4
      if (type === 1) socket.write(CONNACK)
      else if (type === 3) {
        const idAt = body + 2 + bytes.readUInt16BE(body)
        acks.writeUInt16BE(0x4002, ack)
        acks.writeUInt16BE(bytes.readUInt16BE(idAt), ack + 2)
        ack += 4
      }
      at = body + length
    }
    rest = bytes.subarray(at)
    if (ack > 0) socket.write(acks.subarray(0, ack))
  })
})
server.listen(0, '127.0.0.1', () =>
  process.send?.({ type: 'ready', port: (server.address() as { port: number }).port }),
)
process.on('message', () => process.exit(0))
