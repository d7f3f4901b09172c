import { describe, expect, it } from 'vitest'
import { Pulse } from './pulse.ts'

const never = () => false

describe('a consumer that waits', () => {
  it('is woken by an append of the same log to its topic, and by no other', async () => {
    const pulse = new Pulse()
    const stop = new AbortController()
    const order: string[] = []
    const a = pulse.wait('a', never, stop.signal).then(() => order.push('a'))
    const b = pulse.wait('b', never, stop.signal).then(() => order.push('b'))
    pulse.wake('b')
    await b
    pulse.wake('a')
    await a
    expect(order).toEqual(['b', 'a'])
  })

  it('notices by itself what others have appended', async () => {
    let looks = 0
    await new Pulse().wait('a', () => ++looks === 3, new AbortController().signal)
    expect(looks).toBe(3)
  })

  it('ends when its signal aborts, also one that has aborted before', async () => {
    const stop = new AbortController()
    const waiting = new Pulse().wait('a', never, stop.signal)
    stop.abort()
    await waiting
    await new Pulse().wait('a', never, stop.signal)
  })

  it('learns what went wrong when looking fails', async () => {
    const broken = () => {
      throw new Error('gone')
    }
    await expect(new Pulse().wait('a', broken, new AbortController().signal)).rejects.toThrow('gone')
  })
})
