import { TopicTree } from '../topics/tree.ts'

/** What aedes hands around; the emitter looks at the topic alone. */
export interface Emitted {
  readonly topic: string
}
type Listener = (message: Emitted, done: () => void) => void

/**
 * The message emitter inside aedes, in place of mqemitter, whose backlog ends the process when a wildcard subscriber
 * leaves it. A publisher waits only while `limit` deliveries are under way altogether, never for one subscriber.
 */
export class Emitter {
  readonly concurrency = 0
  current = 0
  closed = false
  readonly #tree = new TopicTree<Listener>()
  readonly #limit: number
  #waiting: (() => void)[] = []

  constructor(limit = 10_000) {
    this.#limit = limit
  }

  on(filter: string, listener: Listener, done?: () => void): this {
    this.#tree.add(filter, listener)
    if (done) setImmediate(done)
    return this
  }

  removeListener(filter: string, listener: Listener, done?: () => void): this {
    this.#tree.remove(filter, listener)
    if (done) setImmediate(done)
    return this
  }

  emit(message: Emitted, done: (error?: Error) => void = () => {}): this {
    if (this.closed) {
      done(new Error('the emitter is closed'))
      return this
    }
    for (const listener of this.#tree.match(message.topic)) {
      this.current++
      listener(message, this.#delivered())
    }
    if (this.current < this.#limit) done()
    else this.#waiting.push(done)
    return this
  }

  close(done?: () => void): this {
    this.closed = true
    if (done) setImmediate(done)
    return this
  }

  #delivered(): () => void {
    let open = true
    return () => {
      if (!open) return
      open = false
      this.current--
      if (this.#waiting.length === 0 || this.current >= this.#limit) return
      const waiting = this.#waiting
      this.#waiting = []
      for (const go of waiting) setImmediate(go)
    }
  }
}
