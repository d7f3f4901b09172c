import { expect, it } from 'vitest'
import { namesDevice } from './names-device.ts'

const KEY = 'city/lamp-1/power'
const letter = (mqttTopic: string, text?: string, source = 'city') => ({
  source,
  mqttTopic,
  ...(text === undefined ? {} : { payload: btoa(text) }),
})

it.each([
  ['its own topic', letter('t/city/lamp-1/power'), true],
  ['the topic of a neighbour', letter('t/city/lamp-12/power'), false],
  ['a gateway that names it', letter('senml/city/gw-4', '[{"bn":"lamp-1:","v":1}]'), true],
  ['a gateway that names a neighbour', letter('senml/city/gw-4', '[{"bn":"lamp-12:","v":1}]'), false],
  ['another source', letter('t/port/lamp-1/power', undefined, 'port'), false],
  ['a message of which nothing is kept', letter('cameras/7'), false],
])('finds what a device has sent: %s', (_, one, expected) => {
  expect(namesDevice(one, KEY)).toBe(expected)
})
