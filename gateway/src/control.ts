import type { Connection } from './connection.ts'
import type { Host } from './host.ts'
import {
  ackBytes,
  CONNECT,
  DISCONNECT,
  PINGREQ,
  PINGRESP_BYTES,
  PUBACK,
  PUBCOMP,
  PUBREC,
  PUBREL,
  SUBSCRIBE,
  UNSUBSCRIBE,
  u16,
} from './wire/packets.ts'
import { parseFilters } from './wire/subscribe.ts'

/** Handles any packet but PUBLISH: `b[at, to)`, its body from `from` on. */
export function control(
  c: Connection,
  host: Host,
  b: Buffer,
  first: number,
  at: number,
  from: number,
  to: number,
): void {
  switch (first >> 4) {
    case CONNECT:
      if (c.isOpen) c.close('second-connect')
      else host.login(c, b, from, to)
      break
    case PINGREQ:
      if (to === from) c.send(PINGRESP_BYTES)
      else c.close('malformed')
      break
    case SUBSCRIBE:
    case UNSUBSCRIBE:
      subscribe(c, host, b, first, at, from, to)
      break
    case DISCONNECT:
      if (to === from) c.disconnect()
      else c.close('malformed')
      break
    default:
      if (to - from !== 2 || u16(b, from) === 0) c.close('malformed')
      else if (c.road) c.forward(b, at, to)
      else if (first >> 4 === PUBREL) c.send(ackBytes(PUBCOMP, u16(b, from)))
  }
}

function subscribe(c: Connection, host: Host, b: Buffer, first: number, at: number, from: number, to: number): void {
  const withQos = first >> 4 === SUBSCRIBE
  const wanted = parseFilters(b, from, to, withQos, host.limits)
  if (!wanted) {
    c.close('malformed')
    return
  }
  const packet = Buffer.from(b.subarray(at, to))
  // Telemetry goes out at QoS 0, and the SUBACK must say so.
  for (const w of wanted) if (withQos && host.grantsZero(w.filter)) packet[w.qosAt - at] = 0
  c.forward(packet, 0, packet.length)
}

/** Whether a packet that is no PUBLISH is one that clients send, and its first byte has the right flags [MQTT-2.2.2-2]. */
export const isControl = (first: number): boolean => (first & 15) === (FLAGS[first >> 4] ?? -1)

const FLAGS: Readonly<Record<number, number>> = {
  [CONNECT]: 0,
  [PUBACK]: 0,
  [PUBREC]: 0,
  [PUBREL]: 2,
  [PUBCOMP]: 0,
  [SUBSCRIBE]: 2,
  [UNSUBSCRIBE]: 2,
  [PINGREQ]: 0,
  [DISCONNECT]: 0,
}
