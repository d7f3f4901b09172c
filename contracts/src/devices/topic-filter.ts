/** Whether `filter` is a valid MQTT topic filter [MQTT-4.7.1-1 … -3]. */
export function isTopicFilter(filter: string): boolean {
  if (filter.length === 0) return false
  const levels = filter.split('/')
  return levels.every((level, i) => {
    if (level === '#') return i === levels.length - 1
    return level === '+' || !/[+#\0]/.test(level)
  })
}

/** What is wrong with a filter, in words; `undefined` when it can be used. */
export function mistakeInFilter(filter: string): string | undefined {
  if (isTopicFilter(filter)) return undefined
  const said = JSON.stringify(filter)
  if (filter === '') return 'a topic filter is empty'
  if (filter.includes('\0')) return `${said} holds a character that MQTT forbids`
  const levels = filter.split('/')
  const early = levels.indexOf('#')
  if (early >= 0 && early < levels.length - 1) return `${said} goes on behind #, which can only be its last level`
  return `${said} has + or # beside other characters; each stands for a whole level, as in t/+/x or t/#`
}

/** The same for the filters of somebody who is to be let in. */
export function mistakeInFilters(rights: {
  readonly publish?: readonly string[] | undefined
  readonly subscribe?: readonly string[] | undefined
}): string | undefined {
  for (const name of ['publish', 'subscribe'] as const)
    for (const filter of rights[name] ?? []) {
      const mistake = mistakeInFilter(filter)
      if (mistake !== undefined) return `${name}: ${mistake}`
    }
  return undefined
}
