import { expect, it } from 'vitest'
import { RawClient, readBack, testGateway } from './testing.ts'
import {
  type ConnectOptions,
  connect,
  DISCONNECT_PACKET,
  PING,
  packet,
  publish,
  pubrel,
  subscribe,
} from './testing-packets.ts'

/** A generator of whole numbers below `n`, the same for the same seed. */
function randomFrom(seed: number): (n: number) => number {
  let state = seed
  return (n) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * n)
  }
}

const TOPICS = [
  'a',
  'b/c',
  't/s/d/x/v',
  't/s/d/x',
  'senml/s/x',
  'pack/s/x',
  '$SYS/x',
  '/',
  'é',
  '__proto__',
  'constructor/x',
]
const FILTERS = ['#', '+', 'a/+', 't/#', 't/+/d/#', '$SYS/#', 'x/y/z', '+/+', '__proto__', '/', 'a/#/b']
const PAYLOADS = ['1', '{"value":2}', '', 'x', '[{"n":"a","v":1}]']

function anyPacket(random: (n: number) => number): Buffer {
  const pick = (of: readonly string[]) => of[random(of.length)] as string
  const id = 1 + random(9)
  const filter = Buffer.from(pick(FILTERS))
  switch (random(12)) {
    case 0:
      return subscribe(id, [pick(FILTERS), random(3)], [pick(FILTERS), random(3)])
    case 1:
      return packet(0xa2, Buffer.concat([Buffer.from([0, id, 0, filter.length]), filter]))
    case 2:
      return pubrel(id)
    case 3:
      return Buffer.from([[0x40, 0x50, 0x70][random(3)] as number, 2, 0, id])
    case 4:
      return random(9) === 0 ? DISCONNECT_PACKET : PING
    default: {
      const qos = random(3)
      const more = { retain: random(3) === 0, dup: qos > 0 && random(3) === 0 }
      return publish(pick(TOPICS), pick(PAYLOADS), { qos, id: qos > 0 ? id : undefined, ...more })
    }
  }
}

function anyStream(random: (n: number) => number): Buffer {
  const will = { topic: TOPICS[random(TOPICS.length)] as string, payload: 'w', qos: random(3), retain: random(2) === 0 }
  const options: ConnectOptions = {
    clean: random(2) === 0,
    keepaliveS: random(3),
    ...(random(3) === 0 ? { will } : {}),
  }
  const packets = Array.from({ length: random(40) }, () => anyPacket(random))
  const bytes = Buffer.concat([connect(`c${random(6)}`, options), ...packets])
  for (let n = random(2) * random(4); n > 0; n--) bytes[random(bytes.length)] = random(256)
  return bytes
}

it('lives through clients that send anything, split anywhere, and leave at any moment', async () => {
  const errors: unknown[] = []
  const quiet = () => {}
  const gateway = await testGateway({
    logger: { debug: quiet, info: quiet, warn: quiet, error: (fields, event) => void errors.push(event, fields) },
  })
  const worker = async (seed: number) => {
    const random = randomFrom(seed)
    for (let round = 0; round < 120; round++) {
      const c = new RawClient(gateway.port)
      const bytes = anyStream(random)
      for (let at = 0; at < bytes.length; ) {
        const to = at + 1 + random(random(2) === 0 ? 5 : 400)
        c.socket.write(bytes.subarray(at, to))
        at = to
        if (random(4) === 0) await new Promise((later) => setImmediate(later))
      }
      for (let n = random(10); n > 0; n--) await new Promise((later) => setImmediate(later))
      if (random(2) === 0) c.destroy()
      else {
        c.socket.end()
        await new Promise((later) => setImmediate(later))
      }
      c.destroy()
    }
  }
  await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map(worker))
  const before = (await readBack(gateway.log)).readings.length
  // Every id that the others have used is still good for a session, a will and a reading.
  for (let i = 0; i < 6; i++) {
    const c = new RawClient(gateway.port)
    c.send(connect(`c${i}`, { clean: i % 2 === 0 }), publish('t/s/d/after/v', '1', { id: 77 }))
    await c.until(() => c.received.includes(Buffer.from([0x40, 2, 0, 77])))
    c.destroy()
  }
  expect((await readBack(gateway.log)).readings.length).toBeGreaterThanOrEqual(before + 6)
  expect(errors).toEqual([])
  await gateway.stop()
})
