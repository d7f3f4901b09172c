import type { Principal, PrincipalStore } from '@quartier/contracts/records'

/** Who speaks for which device, read again only when somebody was let in, changed or shut out. */
export class PrincipalIndex {
  readonly #store: PrincipalStore
  #revision = NaN
  #exact = new Map<string, Principal>()
  #wild = new Map<string, { readonly prefix: string; readonly principal: Principal }[]>()
  /** Gateways and services, and devices that speak for more than themselves, by name. */
  speakers: readonly Principal[] = []

  constructor(store: PrincipalStore) {
    this.#store = store
  }

  async refresh(): Promise<void> {
    const { revision } = await this.#store.changes()
    if (revision === this.#revision) return
    const principals = await this.#store.list()
    this.#exact = new Map()
    this.#wild = new Map()
    for (const principal of principals) for (const device of principal.devices) this.#learn(principal, device)
    this.speakers = principals.filter((p) => p.kind !== 'device')
    this.#revision = revision
  }

  /** Ids of the devices that are registered by name. */
  named(): Iterable<string> {
    return this.#exact.keys()
  }

  /** As whom a device gets in: by its own name before anybody who speaks for many. */
  of(id: string): Principal | undefined {
    const exact = this.#exact.get(id)
    if (exact) return exact
    const slash = id.indexOf('/')
    const device = id.slice(slash + 1)
    return this.#wild.get(id.slice(0, slash))?.find(({ prefix }) => device.startsWith(prefix))?.principal
  }

  #learn(principal: Principal, device: string): void {
    const { source } = principal
    if (!device.endsWith('*')) {
      const id = `${source}/${device}`
      // A device before the gateway that may speak for it too.
      if (principal.kind === 'device' || !this.#exact.has(id)) this.#exact.set(id, principal)
      return
    }
    const wild = this.#wild.get(source) ?? []
    wild.push({ prefix: device.slice(0, -1), principal })
    this.#wild.set(
      source,
      wild.sort((a, b) => b.prefix.length - a.prefix.length),
    )
  }
}
