import { expect, it } from 'vitest'
import { AckList } from './ack-list.ts'

it('writes each connection its acknowledgements once, in order of arrival', () => {
  const written: [string, string][] = []
  const owner = (name: string) => ({
    ackCount: 0,
    ackBytes: undefined as Buffer | undefined,
    ackAt: 0,
    send: (bytes: Buffer) => void written.push([name, bytes.toString('hex')]),
  })
  const [a, b] = [owner('a'), owner('b')]
  const list = new AckList()
  list.push(a, 1)
  list.push(a, 2)
  list.push(b, 0xffff)
  list.push(a, 3)
  list.send()
  expect(written).toEqual([
    ['a', '400200014002000240020003'],
    ['b', '4002ffff'],
  ])
  list.push(b, 4)
  list.send()
  expect(written.at(-1)).toEqual(['b', '40020004'])
})
