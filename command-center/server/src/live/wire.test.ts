import { expect, test } from 'vitest'
import { binaryEvent, textEvent } from './wire.ts'

/** The messages in bytes that a server sends, by RFC 6455 §5.2. */
function messagesIn(bytes: Buffer): { readonly opcode: number; readonly payload: Buffer }[] {
  const found = []
  for (let at = 0; at < bytes.length; ) {
    const opcode = bytes.readUInt8(at) & 0x0f
    expect(bytes.readUInt8(at) & 0xf0).toBe(0x80)
    const short = bytes.readUInt8(at + 1)
    const header = short < 126 ? 2 : short === 126 ? 4 : 10
    const length =
      short < 126 ? short : short === 126 ? bytes.readUInt16BE(at + 2) : Number(bytes.readBigUInt64BE(at + 2))
    found.push({ opcode, payload: bytes.subarray(at + header, at + header + length) })
    at += header + length
  }
  return found
}

test.each([0, 1, 10, 125, 126, 65_535, 65_536, 300_000])(
  'a binary event of %i bytes is two messages in one piece',
  (length) => {
    const { bytes, payloadAt } = binaryEvent('live:tick', length)
    bytes.fill(7, payloadAt)
    const [first, second, ...more] = messagesIn(bytes)
    expect([first?.opcode, first?.payload.toString()]).toEqual([1, '451-["live:tick",{"_placeholder":true,"num":0}]'])
    expect([second?.opcode, second?.payload.length, more]).toEqual([2, length, []])
    expect(second?.payload.every((byte) => byte === 7)).toBe(true)
  },
)

test('events made one behind the other share no byte', () => {
  const events = [100, 5000, 70_000].map((length, i) => {
    const { bytes, payloadAt } = binaryEvent('e', length)
    bytes.fill(i + 1, payloadAt)
    return { bytes, payloadAt, length }
  })
  for (const [i, { bytes, payloadAt, length }] of events.entries())
    expect(bytes.subarray(payloadAt).equals(Buffer.alloc(length, i + 1))).toBe(true)
})

test('an event of words is one message, counted in bytes', () => {
  const [message] = messagesIn(textEvent('live:attention', { name: 'ساحة السدرة' }))
  expect([message?.opcode, message?.payload.toString()]).toEqual([1, '42["live:attention",{"name":"ساحة السدرة"}]'])
})
