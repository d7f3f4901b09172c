import { describe, expect, it } from 'vitest'
import { connect, packet } from '../testing-packets.ts'
import { connectBytes, parseConnect } from './connect.ts'

const parse = (bytes: Buffer) => parseConnect(bytes, (bytes[1] as number) > 127 ? 3 : 2, bytes.length)

describe('CONNECT', () => {
  it('is read with will, name and secret', () => {
    const will = { topic: 'w', payload: 'gone', qos: 1, retain: true }
    expect(parse(connect('c1', { clean: false, keepaliveS: 300, username: 'u', password: 'p', will }))).toEqual({
      level: 4,
      clientId: 'c1',
      clean: false,
      keepaliveS: 300,
      will: { ...will, payload: Buffer.from('gone') },
      username: 'u',
      password: Buffer.from('p'),
    })
  })

  it('of MQTT 3.1 is read as well', () => {
    expect(parse(connect('old', { name: 'MQIsdp', level: 3 }))).toMatchObject({ level: 3, clientId: 'old' })
  })

  it('of another protocol level is told apart from a malformed one', () => {
    expect(parse(connect('c', { level: 5 }))).toBe('level')
    expect(parse(connect('c', { name: 'HTTP' }))).toBe('malformed')
  })

  it('is malformed with the reserved flag, will QoS 3, a password without a name, or bytes left over', () => {
    const flagged = (flags: number) => {
      const bytes = connect('c')
      bytes[9] = flags
      return parse(bytes)
    }
    expect(flagged(3)).toBe('malformed')
    expect(flagged(2 | 4 | 24)).toBe('malformed')
    expect(flagged(2 | 8)).toBe('malformed')
    expect(flagged(2 | 64)).toBe('malformed')
    expect(parse(packet(0x10, Buffer.concat([connect('c').subarray(2), Buffer.from([0])])))).toBe('malformed')
  })

  it('is malformed when cut at any byte', () => {
    const whole = connect('client', { username: 'u', password: 'p', will: { topic: 'w', payload: 'x' } })
    for (let end = 2; end < whole.length; end++) expect(parseConnect(whole, 2, end)).toBe('malformed')
  })

  it('is malformed when its texts are not UTF-8 or hold U+0000', () => {
    for (const bad of [[0xc0, 0x80], [0xed, 0xa0, 0x80], [0xff], [0xe2, 0x82], [0]]) {
      const bytes = connect('x'.repeat(bad.length))
      Buffer.from(bad).copy(bytes, bytes.length - bad.length)
      expect(parse(bytes)).toBe('malformed')
    }
  })

  it('written for the engine reads back the same, without keepalive and credentials', () => {
    const will = { topic: 'w/t', payload: Buffer.from('x'), qos: 2, retain: false }
    const bytes = connectBytes({ level: 4, clean: false, will }, 'someone/é')
    expect(parse(bytes)).toEqual({
      level: 4,
      clientId: 'someone/é',
      clean: false,
      keepaliveS: 0,
      will,
      username: undefined,
      password: undefined,
    })
  })
})
