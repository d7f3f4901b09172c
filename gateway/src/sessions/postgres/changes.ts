import type { StoredPacket, StoredSubscription } from '../types.ts'

/** Something to be written; `client` is the id of the client it concerns. */
export type Change =
  | {
      readonly kind: 'subscribe'
      readonly client: string
      readonly presence: Presence
      readonly subscription: StoredSubscription
    }
  | { readonly kind: 'unsubscribe'; readonly client: string; readonly filter: string }
  | { readonly kind: 'unsubscribe-all'; readonly client: string }
  | { readonly kind: 'enqueue'; readonly client: string; readonly presence: Presence; readonly packet: StoredPacket }
  | { readonly kind: 'update'; readonly client: string; readonly packet: StoredPacket }
  | { readonly kind: 'clear'; readonly client: string; readonly packet: StoredPacket }
  | { readonly kind: 'receive'; readonly client: string; readonly presence: Presence; readonly packet: StoredPacket }
  | { readonly kind: 'release'; readonly client: string; readonly messageId: number }
  | { readonly kind: 'release-all'; readonly client: string }
  | { readonly kind: 'will'; readonly client: string; readonly broker: string; readonly packet: StoredPacket }
  | { readonly kind: 'no-will'; readonly client: string; readonly broker: string | undefined }
  | { readonly kind: 'retain'; readonly client: undefined; readonly packet: StoredPacket }
  | { readonly kind: 'presence'; readonly client: string; readonly presence: Presence }
  | { readonly kind: 'expire'; readonly client: undefined; readonly before: number }

/** Where a client is: at a gateway, or away since an instant (epoch ms). */
export interface Presence {
  readonly broker: string | undefined
  readonly absentAt: number | null
}

export type Of<K extends Change['kind']> = Extract<Change, { kind: K }>
