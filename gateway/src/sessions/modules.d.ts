declare module 'qlobber/aedes/qlobber-sub.js' {
  import type { StoredSubscription } from './types.ts'

  /** The subscription index that aedes itself uses. */
  export default class QlobberSub {
    constructor(options: { wildcard_one: string; wildcard_some: string; separator: string })
    readonly subscriptionsCount: number
    add(filter: string, subscription: StoredSubscription & { clientId: string }): void
    remove(filter: string, subscription: { clientId: string; topic: string }): void
    match(topic: string): (StoredSubscription & { clientId: string })[]
  }
}

declare module 'aedes-persistence/abstract.js' {
  export default function abstractPersistence(options: {
    test: (name: string, body: (t: unknown) => Promise<void>) => void
    persistence: () => unknown
    testAsync: boolean
  }): void
}
