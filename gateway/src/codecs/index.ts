import { chirpstackCodec } from './chirpstack/chirpstack.ts'
import type { Codec } from './codec.ts'
import { eventCodec } from './event/event.ts'
import { frigateCodec } from './frigate/frigate.ts'
import { jsonCodec } from './json/json.ts'
import { onvifCodec } from './onvif/onvif.ts'
import { packCodec } from './pack/pack.ts'
import { senmlCodec } from './senml/senml.ts'
import { sparkplugCodec } from './sparkplug/sparkplug.ts'
import { ttnCodec } from './ttn/ttn.ts'
import { zigbeeCodec } from './zigbee/zigbee.ts'

export type { Codec, MessageContext, ReadingSink, Rejection, Route } from './codec.ts'

/** Every payload format by the name that a route gives. A new one is a folder and a row here. */
export const CODECS: Readonly<Record<string, (options?: unknown) => Codec>> = {
  json: jsonCodec,
  senml: senmlCodec,
  pack: packCodec,
  event: eventCodec,
  chirpstack: chirpstackCodec,
  ttn: ttnCodec,
  sparkplug: sparkplugCodec,
  zigbee: zigbeeCodec,
  onvif: onvifCodec,
  frigate: frigateCodec,
}
