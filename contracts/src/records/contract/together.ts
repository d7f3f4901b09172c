import { expect, it } from 'vitest'
import { gatewayPrincipal, person, type RecordsPlace, series, smallDistrict } from './fixture.ts'

export function togetherContract(place: RecordsPlace): void {
  it('shows one connection what another wrote', async () => {
    const other = await place.open()
    await place.records.registry.importDistrict(smallDistrict())
    const secret = await place.records.principals.put(gatewayPrincipal())
    await place.records.users.put(person(), 'a long password')
    expect(await other.registry.counts()).toMatchObject({ series: 6 })
    expect(await other.principals.authenticate('gw-north', Buffer.from(secret))).toBeDefined()
    expect(await other.users.count()).toBe(1)
  })

  it('loses no series that two connections write at the same time', async () => {
    const other = await place.open()
    const write = async (registry: typeof other.registry, name: string) => {
      for (let n = 0; n < 20; n++) await registry.putSeries([series(`demo/${name}-${n}/t`), series(`demo/both-${n}/t`)])
    }
    await Promise.all([write(place.records.registry, 'a'), write(other.registry, 'b')])
    const all = await place.records.registry.series({ text: 'demo', limit: 1000 })
    expect(new Set(all.map((s) => s.key)).size).toBe(60)
    expect((await other.registry.pending('series', 1000)).items).toHaveLength(60)
  })

  it('lets one at a time work under a lock, across connections', async () => {
    const other = await place.open()
    const seen: string[] = []
    const work = (name: string) => async () => {
      seen.push(`${name} in`)
      await place.records.users.count()
      await other.users.count()
      seen.push(`${name} out`)
    }
    await Promise.all([
      place.records.lock('chain', work('a')),
      other.lock('chain', work('b')),
      place.records.lock('chain', work('c')),
      other.lock('chain', work('d')),
    ])
    expect(seen).toHaveLength(8)
    for (let i = 0; i < 8; i += 2) expect(seen[i]!.split(' ')[0]).toBe(seen[i + 1]!.split(' ')[0])
  })

  it('frees a lock when the work under it fails, and does not mix up locks of other names', async () => {
    const failing = place.records.lock('chain', () => Promise.reject(new Error('no')))
    await expect(failing).rejects.toThrow('no')
    const other = await place.open()
    const inner = await place.records.lock('chain', () => other.lock('another', async () => 'both'))
    expect(inner).toBe('both')
    expect(await other.lock('chain', async () => 'free')).toBe('free')
  })

  it('lets one place at a time act under a lease, the next once it has ended', async () => {
    const other = await place.open()
    const acting = new Set<string>()
    const terms: number[] = []
    const first = Promise.withResolvers<void>()
    const begun = Promise.withResolvers<void>()
    const act = (name: string, until?: Promise<void>) => async (_: AbortSignal, term: number) => {
      expect(acting.size).toBe(0)
      acting.add(name)
      terms.push(term)
      begun.resolve()
      await until
      acting.delete(name)
    }
    const one = place.records.lease('plan', act('one', first.promise), { ttlMs: 600 })
    await begun.promise
    const two = other.lease('plan', act('two'), { ttlMs: 600 })
    // Longer than the lease itself: it is renewed.
    await new Promise((later) => setTimeout(later, 900))
    expect([...acting]).toEqual(['one'])
    first.resolve()
    await Promise.all([one, two])
    expect(terms[1]).toBeGreaterThan(terms[0]!)
  })

  it('gives a lease to another when its holder says nothing more, and tells the holder', async () => {
    const holder = await place.open()
    const begun = Promise.withResolvers<void>()
    const told = Promise.withResolvers<void>()
    const ending = new AbortController()
    const held = holder.lease(
      'plan',
      async (signal) => {
        begun.resolve()
        await new Promise((lost) => signal.addEventListener('abort', lost))
        ending.abort()
        told.resolve()
      },
      { ttlMs: 300, signal: ending.signal },
    )
    held.catch(() => {}) // the database of the holder is closed under it
    await begun.promise
    await holder.close()
    await place.records.lease('plan', () => told.promise, { ttlMs: 300 })
    await held.catch(() => {})
  })

  it('tells which leases are held', async () => {
    const other = await place.open()
    const begun = Promise.withResolvers<void>()
    const end = Promise.withResolvers<void>()
    const hold = (name: string) =>
      other.lease(name, async () => {
        begun.resolve()
        await end.promise
      })
    await place.records.lease('work/2', async () => {})
    const held = [hold('work/1'), hold('works')]
    await begun.promise
    await expect.poll(async () => [...(await place.records.leases('work'))].sort()).toEqual(['work/1', 'works'])
    expect(await place.records.leases('work/')).toEqual(['work/1'])
    end.resolve()
    await Promise.all(held)
    expect(await place.records.leases('work')).toEqual([])
  })

  it('holds a lease until the work has ended, although its end was wished for before', async () => {
    const other = await place.open()
    const stop = new AbortController()
    const wished = Promise.withResolvers<void>()
    const end = Promise.withResolvers<void>()
    const work = async (held: AbortSignal) => {
      held.addEventListener('abort', () => wished.resolve())
      stop.abort()
      await end.promise
    }
    const first = place.records.lease('plan', work, { ttlMs: 300, signal: stop.signal })
    await wished.promise
    const begun: string[] = []
    const second = other.lease('plan', async () => void begun.push('second'), { ttlMs: 300 })
    await new Promise((later) => setTimeout(later, 900)) // three times as long as a lease lasts that nobody renews
    expect(begun).toEqual([])
    end.resolve()
    await Promise.all([first, second])
  })

  it('stops waiting for a lease when nobody wants it any more', async () => {
    const stop = new AbortController()
    const other = await place.open()
    await place.records.lease('plan', async () => {
      const waiting = other.lease('plan', () => Promise.reject(new Error('must not run')), { signal: stop.signal })
      stop.abort()
      await waiting
    })
  })

  it('remembers the newest head of a chain and never an older one', async () => {
    const { chains } = place.records
    expect(await chains.head('audit')).toBeUndefined()
    await chains.advance('audit', { sequence: 2, hash: 'b' })
    await chains.advance('audit', { sequence: 1, hash: 'a' })
    expect(await chains.head('audit')).toEqual({ sequence: 2, hash: 'b' })
    await chains.advance('audit', { sequence: 3, hash: 'c' })
    expect(await chains.head('audit')).toEqual({ sequence: 3, hash: 'c' })
  })

  it('says that it is closed after it was closed', async () => {
    const other = await place.open()
    await other.close()
    await other.close()
    const closed = { code: 'RECORDS_CLOSED' }
    await expect(other.users.count()).rejects.toMatchObject(closed)
    await expect(other.registry.putSeries([series('demo/a/t')])).rejects.toMatchObject(closed)
    await expect(other.lock('chain', async () => 1)).rejects.toMatchObject(closed)
    expect(await place.records.users.count()).toBe(0)
  })
}
