export { isTopicFilter as isFilter } from '@quartier/contracts/devices'

export function levelsOf(topic: string): number {
  let n = 1
  for (let i = 0; i < topic.length; i++) if (topic.charCodeAt(i) === 47) n++
  return n
}

/**
 * Whether everything that `requested`, a topic or a filter, can match is matched by the filter `allowed`. "a/#" covers
 * "a" too [MQTT-4.7.1-2]; a leading wildcard covers no topic that begins with "$" [MQTT-4.7.2-1].
 */
export function covers(allowed: string, requested: string): boolean {
  const a = allowed.split('/')
  const r = requested.split('/')
  if (r[0]?.startsWith('$') && (a[0] === '#' || a[0] === '+')) return false
  for (let i = 0; i < a.length; i++) {
    if (a[i] === '#') return true
    const level = r[i]
    if (level === undefined || level === '#') return false
    if (a[i] !== '+' && a[i] !== level) return false
  }
  return r.length === a.length
}

/** A principal's filter with `%p` and `%s` replaced by its name and its source. */
export const fillIn = (filter: string, p: { name: string; source: string }): string =>
  filter.replaceAll('%p', p.name).replaceAll('%s', p.source)
