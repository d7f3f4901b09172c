import { describe, expect, it } from 'vitest'
import { connect, packet, publish } from '../testing-packets.ts'
import { Framer, type PacketHandler } from './framer.ts'
import { PartialBudget } from './partial-budget.ts'

class Collector implements PacketHandler {
  isBusy = false
  isClosed = false
  readonly packets: string[] = []
  closedFor = ''
  limit = 1_000_000
  admits(_first: number, length: number): boolean {
    if (length > this.limit) this.close('too-large')
    return !this.isClosed
  }
  packet(b: Buffer, _first: number, at: number, _body: number, end: number): void {
    this.packets.push(b.toString('hex', at, end))
  }
  close(reason: string): void {
    this.isClosed = true
    this.closedFor = reason
  }
}

const big = publish('a/b', Buffer.alloc(20_000, 7), { id: 9 })
const packets = [
  connect('c'),
  publish('t/x', 'one', { id: 1 }),
  Buffer.from([0xc0, 0]),
  publish('t/y', 'x'.repeat(200)),
  big,
]
const stream = Buffer.concat(packets)
const wanted = packets.map((p) => p.toString('hex'))

describe('the framer', () => {
  it('finds the same packets wherever the stream is split', () => {
    const head = stream.length - big.length + 6
    for (let cut = 0; cut <= head; cut++) {
      const c = new Collector()
      const f = new Framer(c, new PartialBudget(1e9))
      f.feed(stream.subarray(0, cut))
      f.feed(stream.subarray(cut))
      expect(c.packets).toEqual(wanted)
    }
  })

  it('finds them byte by byte, and gives its memory back', () => {
    const c = new Collector()
    const budget = new PartialBudget(1e9)
    const f = new Framer(c, budget)
    for (const byte of stream) f.feed(Buffer.from([byte]))
    expect(c.packets).toEqual(wanted)
    expect(budget.bytes).toBe(0)
  })

  it('refuses an announced length before it keeps a byte of it', () => {
    const c = new Collector()
    const budget = new PartialBudget(1e9)
    c.limit = 4096
    new Framer(c, budget).feed(Buffer.from([0x30, 0x80, 0xc2, 0xd7, 0x5f]))
    expect(c.closedFor).toBe('too-large')
    expect(budget.bytes).toBe(0)
  })

  it('refuses a remaining length of more than four bytes', () => {
    const c = new Collector()
    new Framer(c, new PartialBudget(1e9)).feed(Buffer.from([0x30, 0x80, 0x80, 0x80, 0x80, 0x01]))
    expect(c.closedFor).toBe('malformed')
  })

  it('takes room for what has arrived, not for what was announced', () => {
    const c = new Collector()
    const budget = new PartialBudget(1e9)
    new Framer(c, budget).feed(packet(0x30, Buffer.alloc(200_000)).subarray(0, 1000))
    expect(budget.bytes).toBeLessThan(4_000)
  })

  it('closes a connection rather than share out more than the budget', () => {
    const c = new Collector()
    new Framer(c, new PartialBudget(100)).feed(packet(0x30, Buffer.alloc(2000)).subarray(0, 500))
    expect(c.closedFor).toBe('partial-bytes')
  })

  it('keeps everything while its handler is busy and handles it after', () => {
    const c = new Collector()
    const f = new Framer(c, new PartialBudget(1e9))
    c.isBusy = true
    f.feed(stream.subarray(0, 30))
    f.feed(stream.subarray(30))
    expect(c.packets).toEqual([])
    c.isBusy = false
    f.replay()
    expect(c.packets).toEqual(wanted)
  })
})
