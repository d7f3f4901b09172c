import type { Codec, MessageContext } from './codec.ts'
import { CODECS } from './index.ts'
import { contextOf, contextOfTopic } from './recording-sink.ts'
import { StrictSink } from './strict-sink.ts'

/** Every codec in the ways it is set up, each with a topic. */
export const TRIALS = [
  trial('json', ['d', 'p']),
  trial('json', ['d', '']),
  trial('json', ['', ''], {
    time: '/meta/at',
    timeUnit: 'auto',
    device: '/meta/id',
    values: { t: '/data/0/t', v: '/value' },
  }),
  trial('json', ['d', ''], { each: '/data', timeUnit: 's', property: '/n' }),
  trial('json', ['d', ''], {
    event: {
      kind: { at: '/value', is: { true: 'motion', '1': 'smoke' } },
      id: '/n',
      attributes: { door: '/v', x: '/0/n' },
    },
    values: { t: '/t' },
  }),
  trial('json', ['d', ''], { each: '/data', event: { kind: 'motion', asset: '/n', attributes: { plate: '/v' } } }),
  trial('senml', ['gw', '']),
  trial('senml', ['', '']),
  trial('pack', ['gw', '']),
  trial('pack', ['', '']),
  trial('event', ['d', '']),
  trial('event', ['', '']),
  trial('chirpstack', ['0102030405060708', 'up']),
  trial('chirpstack', ['0102030405060708', 'status']),
  trial('chirpstack', ['0102030405060708', 'location']),
  trial('ttn', ['dev1', '']),
  trial('onvif', ['cam', 'onvif-ej/RuleEngine/LineDetector/Crossed/&1']),
  trial('onvif', ['cam', 'onvif-ej/RuleEngine/CountAggregation/Counter']),
  trial('onvif', ['cam', 'onvif-ej/RuleEngine/Recognition/LicensePlate']),
  trial('onvif', ['cam', 'onvif-ej/VideoSource/ImageTooDark']),
  trial('onvif', ['cam', 'onvif-mj/VideoAnalytics/1/Module']),
  trial('frigate', ['frigate', 'events']),
  trial('frigate', ['frigate', 'tracked_object_update']),
  trial('frigate', ['frigate', 'reviews']),
  trial('frigate', ['frigate', 'stats']),
  trial('frigate', ['frigate', 'cam/person']),
  trial('frigate', ['frigate', 'cam/motion']),
  trial('sparkplug', 'spBv1.0/g/NBIRTH/e'),
  trial('sparkplug', 'spBv1.0/g/DBIRTH/e/d'),
  trial('sparkplug', 'spBv1.0/g/NDATA/e'),
  trial('sparkplug', 'spBv1.0/g/DDATA/e/d'),
  trial('sparkplug', 'spBv1.0/g/DDEATH/e/d'),
  trial('sparkplug', 'spBv1.0/g/NDEATH/e'),
  trial('zigbee', 'zigbee2mqtt/bridge/devices'),
  trial('zigbee', 'zigbee2mqtt/hall/lamp'),
  trial('zigbee', 'zigbee2mqtt/hall/lamp/availability'),
]

export interface Trial {
  readonly codec: Codec
  readonly context: () => MessageContext
}

/** @param topic device and property as a route would find them, or the whole topic where the codec takes it apart */
function trial(name: string, topic: [string, string] | string, options?: unknown): Trial {
  const make = CODECS[name]
  if (!make) throw new Error(`there is no codec ${name}`)
  const context = () => (typeof topic === 'string' ? contextOfTopic(topic) : contextOf(...topic))
  return { codec: make(options), context }
}

const sink = new StrictSink()
const OFFSET = 5

/** Gives a payload to every codec. @returns how many accepted it @throws Error when one breaks a promise */
export function tryAll(payload: Uint8Array): number {
  // Before and after the payload stand bytes that would go on with it: nobody may read them.
  const buffer = Buffer.concat([Buffer.from('[{"1,'), payload, Buffer.from('0}]"9,')])
  const before = Buffer.from(buffer)
  let accepted = 0
  for (const { codec, context } of TRIALS) {
    sink.begin(codec.name)
    const rejection = codec.decode(buffer, OFFSET, OFFSET + payload.length, context(), sink)
    if (rejection === undefined) accepted++
    else sink.reject(rejection.reason, rejection.detail)
    if (rejection && rejection.detail.length > 400)
      throw new Error(`${codec.name}: a detail has ${rejection.detail.length} characters`)
    if (codec.memory) sink.wake(codec.memory)
    if (!buffer.equals(before)) throw new Error(`${codec.name} changed the payload`)
  }
  return accepted
}
