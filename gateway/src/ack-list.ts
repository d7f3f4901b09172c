/** A connection as the acknowledgements see it. The first three fields are scratch space of {@link AckList.send}. */
export interface Acknowledged {
  ackCount: number
  ackBytes: Buffer | undefined
  ackAt: number
  /** Writes whole packets; does nothing once the connection is closed. */
  send(bytes: Buffer): void
}

/** Whom to acknowledge what once a commit is durable, in order of arrival; one write per connection. */
export class AckList<C extends Acknowledged> {
  length = 0
  #ids = new Uint16Array(1024)
  #owners: C[] = []
  /** Run `i` of one connection's ids ends at `#ends[i]`. */
  #ends: number[] = []

  push(owner: C, id: number): void {
    if (this.length === this.#ids.length) {
      const bigger = new Uint16Array(this.#ids.length * 2)
      bigger.set(this.#ids)
      this.#ids = bigger
    }
    this.#ids[this.length++] = id
    const last = this.#owners.length - 1
    if (last >= 0 && this.#owners[last] === owner) this.#ends[last] = this.length
    else {
      this.#owners.push(owner)
      this.#ends.push(this.length)
    }
  }

  /** Sends every PUBACK and empties the list. */
  send(): void {
    const touched = this.#count()
    this.#fill()
    for (const owner of touched) {
      const bytes = owner.ackBytes as Buffer
      owner.ackCount = 0
      owner.ackBytes = undefined
      owner.send(bytes)
    }
    this.length = 0
    this.#owners = []
    this.#ends = []
  }

  #count(): C[] {
    const touched: C[] = []
    let from = 0
    for (let run = 0; run < this.#owners.length; run++) {
      const owner = this.#owners[run] as C
      const to = this.#ends[run] as number
      if (owner.ackCount === 0) touched.push(owner)
      owner.ackCount += to - from
      from = to
    }
    for (const owner of touched) {
      owner.ackBytes = Buffer.allocUnsafe(owner.ackCount * 4)
      owner.ackAt = 0
    }
    return touched
  }

  #fill(): void {
    const ids = this.#ids
    let i = 0
    for (let run = 0; run < this.#owners.length; run++) {
      const owner = this.#owners[run] as C
      const out = owner.ackBytes as Buffer
      let at = owner.ackAt
      for (const to = this.#ends[run] as number; i < to; i++) {
        const id = ids[i] as number
        out[at] = 0x40
        out[at + 1] = 2
        out[at + 2] = id >> 8
        out[at + 3] = id & 0xff
        at += 4
      }
      owner.ackAt = at
    }
  }
}
