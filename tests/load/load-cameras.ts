import type { MessageStream, StreamOptions } from './load-messages.ts'
import { publishPacket } from './mqtt-wire.ts'
import { digits } from './stream-parts.ts'

/** Streams of cameras, with messages of the size and content that real ones have. */

/** People in a field, as ONVIF counts them: a reading and an event each; the sum is that of the counts. */
export function onvifStream(o: StreamOptions): MessageStream {
  const payload = Buffer.from(
    JSON.stringify({
      UtcTime: new Date(o.startAt).toISOString(),
      Source: {
        VideoSourceConfigurationToken: '1',
        VideoAnalyticsConfigurationToken: '2',
        Rule: 'North gate',
      },
      Data: { Count: '1000', ObjectId: '15' },
    }),
  )
  const topic = `onvif/${o.source}/${o.device}/onvif-ej/RuleEngine/CountAggregation/OccupancyCounter/&1/2/North gate`
  return counting(o, topic, payload, (packet, body) => ({
    countAt: packet.indexOf('"Count":"', body) + 9,
    write(at) {
      packet.write(new Date(at).toISOString(), body + '{"UtcTime":"'.length, 'latin1')
    },
  }))
}

/** A tracked object that enters a zone, as Frigate tells it: one event each, without a number to be summed. */
export function frigateStream(o: StreamOptions): MessageStream {
  const object = (zones: readonly string[]) => ({
    id: '1607123955.475377-mxklsc',
    camera: o.device,
    frame_time: 1_000_000_000.001,
    snapshot: {
      frame_time: 1607123965.975463,
      box: [415, 489, 528, 700],
      area: 12728,
      region: [260, 446, 660, 846],
      score: 0.77546,
      attributes: [],
    },
    label: 'person',
    sub_label: null,
    top_score: 0.958984375,
    false_positive: false,
    start_time: 1607123955.475377,
    end_time: null,
    score: 0.7890625,
    box: [424, 500, 536, 712],
    area: 23744,
    ratio: 2.113207,
    region: [264, 450, 667, 853],
    current_zones: zones,
    entered_zones: ['yard', 'driveway'],
    thumbnail: null,
    has_snapshot: false,
    has_clip: false,
    active: true,
    stationary: false,
    motionless_count: 0,
    position_changes: 2,
    attributes: { face: 0.64 },
    current_attributes: [{ label: 'face', box: [442, 506, 534, 524], score: 0.64 }],
    current_estimated_speed: 0.71,
    average_estimated_speed: 14.3,
    velocity_angle: 180,
    recognized_license_plate: null,
    recognized_license_plate_score: null,
  })
  const message = { type: 'update', before: object(['driveway']), after: object(['driveway', 'yard']) }
  const payload = Buffer.from(JSON.stringify(message))
  const packet = publishPacket('frigate/events', payload, 1)
  const body = packet.length - payload.length
  const timeAt = packet.lastIndexOf('"frame_time":1000000000.001') + '"frame_time":'.length
  let at = o.startAt
  return {
    readingsPerMessage: 1,
    packetBytes: packet.length,
    write(out, to, packetId) {
      packet.writeUInt16BE(packetId, body - 2)
      digits(packet, timeAt, 10, Math.floor(at / 1_000))
      digits(packet, timeAt + 11, 3, at % 1_000)
      at += o.stepMs
      out.set(packet, to)
      return 0
    },
  }
}

/** A message with a time and a count of four digits, both patched. */
function counting(
  o: StreamOptions,
  topic: string,
  payload: Buffer,
  places: (packet: Buffer, body: number) => { countAt: number; write(at: number): void },
): MessageStream {
  const packet = publishPacket(topic, payload, 1)
  const body = packet.length - payload.length
  const { countAt, write } = places(packet, body)
  let at = o.startAt
  let count = 1_000 + (o.seed % 8_000)
  return {
    readingsPerMessage: 1,
    packetBytes: packet.length,
    write(out, to, packetId) {
      packet.writeUInt16BE(packetId, body - 2)
      write(at)
      count = count === 9_999 ? 1_000 : count + 1
      digits(packet, countAt, 4, count)
      at += o.stepMs
      out.set(packet, to)
      return count
    },
  }
}
