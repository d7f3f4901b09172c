import type { Bridge } from './bridge.ts'

/** What a topic of Zigbee2MQTT says; `base` is its first level. */
export type ZigbeeTopic =
  | { readonly kind: 'devices' | 'bridge-state'; readonly base: string }
  | { readonly kind: 'values' | 'availability'; readonly base: string; readonly name: string }
  /** One attribute by itself, which stands in the values as well. */
  | { readonly kind: 'attribute'; readonly base: string }

const COMMAND = /(^|\/)(set|get)(\/[^/]+)?$/

/** Whether Zigbee2MQTT tells something there; commands to it, and what it says about itself, is plain MQTT. */
export function isTold(mqttTopic: string): boolean {
  const rest = restOf(mqttTopic)
  if (rest.startsWith('bridge/')) return rest === 'bridge/devices' || rest === 'bridge/state'
  return rest !== '' && rest !== 'bridge' && !COMMAND.test(rest)
}

/**
 * Takes a topic apart. A friendly name may hold "/", so where it ends is known only from the list of devices: the longest
 * name that the topic begins with is meant, and without one the whole rest.
 */
export function topicOf(mqttTopic: string, bridge: Bridge | undefined): ZigbeeTopic {
  const base = mqttTopic.slice(0, mqttTopic.indexOf('/'))
  const rest = restOf(mqttTopic)
  if (rest === 'bridge/devices') return { kind: 'devices', base }
  if (rest === 'bridge/state') return { kind: 'bridge-state', base }
  if (rest.endsWith('/availability'))
    return { kind: 'availability', base, name: rest.slice(0, -'/availability'.length) }
  for (let name = rest; bridge && name !== ''; name = name.slice(0, Math.max(name.lastIndexOf('/'), 0)))
    if (bridge.names.has(name)) return name === rest ? { kind: 'values', base, name } : { kind: 'attribute', base }
  return { kind: 'values', base, name: rest }
}

const restOf = (mqttTopic: string): string => mqttTopic.slice(mqttTopic.indexOf('/') + 1)
