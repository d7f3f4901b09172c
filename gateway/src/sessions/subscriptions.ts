import QlobberSub from 'qlobber/aedes/qlobber-sub.js'
import type { Journal, Row } from './journal.ts'
import type { StoredSubscription } from './types.ts'

interface Entry extends Row {
  subscription: StoredSubscription | undefined
}

/** Who subscribed to what. Only those above QoS 0 are found by topic: the rest get nothing while they are away. */
export class Subscriptions {
  readonly #clients = new Map<string, Map<string, Entry>>()
  readonly #index = new QlobberSub({ wildcard_one: '+', wildcard_some: '#', separator: '/' })
  readonly #journal: Journal

  constructor(journal: Journal) {
    this.#journal = journal
    for (const [client, filter, options] of journal.read('subscriptions'))
      this.#set(client as string, { topic: filter as string, ...JSON.parse(options as string) }, true)
  }

  get count(): number {
    return this.#index.subscriptionsCount
  }

  get clientCount(): number {
    return this.#clients.size
  }

  clients(): Iterable<string> {
    return this.#clients.keys()
  }

  has(client: string): boolean {
    return this.#clients.has(client)
  }

  add(client: string, s: StoredSubscription): void {
    const { topic, qos, rh, rap, nl, subscriptionIdentifier } = s
    const own = subscriptionIdentifier === undefined ? {} : { subscriptionIdentifier }
    this.#journal.touch(this.#set(client, { topic, qos, rh, rap, nl, ...own }, false))
  }

  /** Returns whether there was such a subscription. */
  remove(client: string, filter: string): boolean {
    const filters = this.#clients.get(client)
    const entry = filters?.get(filter)
    if (!filters || !entry) return false
    if ((entry.subscription?.qos ?? 0) > 0) this.#index.remove(filter, { clientId: client, topic: filter })
    entry.subscription = undefined
    filters.delete(filter)
    if (filters.size === 0) this.#clients.delete(client)
    this.#journal.touch(entry)
    return true
  }

  /** Returns whether there were any. */
  removeAll(client: string): boolean {
    const filters = this.#clients.get(client)
    for (const filter of [...(filters?.keys() ?? [])]) this.remove(client, filter)
    return filters !== undefined
  }

  of(client: string): StoredSubscription[] {
    return [...(this.#clients.get(client)?.values() ?? [])].map((e) => ({ ...(e.subscription as StoredSubscription) }))
  }

  matching(topic: string): (StoredSubscription & { clientId: string })[] {
    return this.#index.match(topic)
  }

  *clientsOf(filter: string): Generator<string> {
    for (const [client, filters] of this.#clients) if (filters.has(filter)) yield client
  }

  #set(client: string, subscription: StoredSubscription, stored: boolean): Entry {
    let filters = this.#clients.get(client)
    if (!filters) {
      filters = new Map()
      this.#clients.set(client, filters)
    }
    const { topic: filter } = subscription
    let entry = filters.get(filter)
    if (entry) this.#index.remove(filter, { clientId: client, topic: filter })
    else {
      const fresh: Entry = {
        table: 'subscriptions',
        key: [client, filter],
        subscription,
        stored,
        values: () => fresh.subscription && [JSON.stringify({ ...fresh.subscription, topic: undefined })],
      }
      entry = fresh
      filters.set(filter, entry)
    }
    entry.subscription = subscription
    if (subscription.qos > 0) this.#index.add(filter, { clientId: client, ...subscription })
    return entry
  }
}
