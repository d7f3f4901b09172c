interface Node<T> {
  readonly below: Map<string, Node<T>>
  readonly items: Set<T>
}

const empty = <T>(): Node<T> => ({ below: new Map(), items: new Set() })

/** Things filed under MQTT topic filters and found by topic. Depth is that of the filters, so bounded by the guard. */
export class TopicTree<T> {
  readonly #root = empty<T>()

  add(filter: string, item: T): void {
    let node = this.#root
    for (const level of filter.split('/')) {
      const next = node.below.get(level) ?? empty<T>()
      node.below.set(level, next)
      node = next
    }
    node.items.add(item)
  }

  remove(filter: string, item: T): void {
    removeFrom(this.#root, filter.split('/'), 0, item)
  }

  /** Every item whose filter matches, once. Wildcards at the first level do not match `$` topics [MQTT-4.7.2-1]. */
  match(topic: string): Set<T> {
    const found = new Set<T>()
    const levels = topic.split('/')
    collect(this.#root, levels, 0, topic.startsWith('$'), found)
    return found
  }
}

function removeFrom<T>(node: Node<T>, levels: readonly string[], depth: number, item: T): void {
  const level = levels[depth]
  if (level === undefined) {
    node.items.delete(item)
    return
  }
  const next = node.below.get(level)
  if (!next) return
  removeFrom(next, levels, depth + 1, item)
  if (next.items.size === 0 && next.below.size === 0) node.below.delete(level)
}

function collect<T>(node: Node<T>, levels: readonly string[], depth: number, special: boolean, found: Set<T>): void {
  const wild = !(special && depth === 0)
  if (wild) for (const item of node.below.get('#')?.items ?? []) found.add(item)
  const level = levels[depth]
  if (level === undefined) {
    for (const item of node.items) found.add(item)
    return
  }
  const exact = node.below.get(level)
  if (exact) collect(exact, levels, depth + 1, special, found)
  const any = wild ? node.below.get('+') : undefined
  if (any) collect(any, levels, depth + 1, special, found)
}
