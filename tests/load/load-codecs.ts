import type { MessageStream, StreamOptions } from './load-messages.ts'
import { publishPacket } from './mqtt-wire.ts'
import { decimal, offsetsOf, walk } from './stream-parts.ts'

/** Streams in the formats of others, with messages of the size and content that real senders have. */

/** ChirpStack and The Things Stack: two measured values and the signal of the best of two gateways. */
const SIGNAL = { rssi: -101, snr: 4.25 }

export function chirpstackStream(o: StreamOptions): MessageStream {
  const eui = Buffer.from(o.device.padStart(8, '0')).toString('hex')
  const application = '17c82e96-be03-4f38-aef3-f83d48582d97'
  const payload = {
    deduplicationId: '3ac7e3c4-4401-4b8d-9386-a5c902f9202d',
    time: iso(o.startAt, '+00:00'),
    deviceInfo: {
      tenantId: '52f14cd4-c6f1-4fbd-8f87-4025e1d49242',
      tenantName: 'District',
      applicationId: application,
      applicationName: 'Air quality',
      deviceProfileId: '14855bf7-d10d-4aee-b618-ebfcb64dc7ad',
      deviceProfileName: 'ERS 2',
      deviceName: `Air ${o.device}`,
      devEui: eui,
      deviceClassEnabled: 'CLASS_A',
      tags: { zone: 'north' },
    },
    devAddr: '00189440',
    adr: true,
    dr: 5,
    fCnt: 1042,
    fPort: 5,
    confirmed: false,
    data: 'AQDmAh4EAAUBBgAA',
    object: { temperature: '@', humidity: '@' },
    rxInfo: [
      {
        gatewayId: '0016c001f153a14c',
        uplinkId: 4217106255,
        nsTime: iso(o.startAt, '+00:00'),
        ...SIGNAL,
        channel: 2,
        location: {},
        context: 'E3OWOQ==',
        metadata: { region_config_id: 'eu868', region_common_name: 'EU868' },
        crcStatus: 'CRC_OK',
      },
      {
        gatewayId: '0016c001f153a14d',
        uplinkId: 4217106256,
        rssi: -115,
        snr: -2.5,
        channel: 2,
        context: 'E3OWOQ==',
        metadata: { region_config_id: 'eu868' },
        crcStatus: 'CRC_OK',
      },
    ],
    txInfo: {
      frequency: 867_100_000,
      modulation: { lora: { bandwidth: 125_000, spreadingFactor: 7, codeRate: 'CR_4_5' } },
    },
    regionConfigId: 'eu868',
  }
  const topic = `application/${application}/device/${eui}/event/up`
  const text = JSON.stringify(payload)
  return loraStream(o, topic, text, text.indexOf(TIME) + TIME.length)
}

export function ttnStream(o: StreamOptions): MessageStream {
  const received = iso(o.startAt, 'Z')
  const payload = {
    end_device_ids: {
      device_id: o.device,
      application_ids: { application_id: 'air' },
      dev_eui: '0004A30B001C0530',
      join_eui: '800000000000000C',
      dev_addr: '00BCB929',
    },
    correlation_ids: [
      'as:up:01E0WZGT6Y7657CPFPE5WEYDSQ',
      'gs:uplink:01E0WZGSZWT07NE5TS2APTV1Z9',
      'ns:uplink:01E0WZGSZXZXZS8RFAWZX0F2FY',
    ],
    received_at: received,
    uplink_message: {
      session_key_id: 'AXA50tHUGUucuzS/bCGMNw==',
      f_port: 5,
      f_cnt: 1042,
      frm_payload: 'AQDmAh4EAAUBBgAA',
      decoded_payload: { temperature: '@', humidity: '@' },
      rx_metadata: [
        {
          gateway_ids: { gateway_id: 'gtw1', eui: '9C5C8E00001A05C4' },
          time: received,
          timestamp: 2463457000,
          ...SIGNAL,
          channel_rssi: -101,
          uplink_token: 'ChIKEAoEZ3R3MRIInFyOAAAaBcQQ6L3Vlgk=',
          channel_index: 2,
        },
        {
          gateway_ids: { gateway_id: 'gtw2', eui: '9C5C8E00001A05C5' },
          timestamp: 2463457001,
          rssi: -115,
          snr: -2.5,
          uplink_token: 'ChIKEAoEZ3R3MRIInFyOAAAaBcQQ6L3Vlgk=',
        },
      ],
      settings: {
        data_rate: { lora: { bandwidth: 125_000, spreading_factor: 7 } },
        frequency: '868300000',
        timestamp: 2463457000,
      },
      received_at: iso(o.startAt, 'Z'),
      consumed_airtime: '0.056576s',
      network_ids: { net_id: '000013', tenant_id: 'acme', cluster_id: 'eu1' },
    },
  }
  const text = JSON.stringify(payload)
  return loraStream(o, `v3/air@acme/devices/${o.device}/up`, text, text.lastIndexOf(RECEIVED) + RECEIVED.length)
}

const RECEIVED = '"received_at":"'
const TIME = '"time":"'

/** Of the text, `"@"` are the values, and the time begins at `timeFrom`. */
function loraStream(o: StreamOptions, topic: string, text: string, timeFrom: number): MessageStream {
  const body = Buffer.from(text.replaceAll('"@"', '100.0'))
  const packet = publishPacket(topic, body, 1)
  const head = packet.length - body.length
  // Each value before it is two characters longer than its place was.
  const timeAt = head + timeFrom + 2 * (text.slice(0, timeFrom).split('"@"').length - 1)
  const valuesAt = offsetsOf(packet, '100.0', head)
  const walks = valuesAt.map((_, i) => walk(o.seed + i))
  let at = o.startAt
  return {
    readingsPerMessage: walks.length + 2,
    packetBytes: packet.length,
    write(out, to, packetId) {
      packet.writeUInt16BE(packetId, head - 2)
      packet.write(new Date(at).toISOString().slice(0, 23), timeAt, 'latin1')
      let sum = SIGNAL.rssi + SIGNAL.snr
      for (let i = 0; i < walks.length; i++) {
        const tenths = (walks[i] as () => number)()
        decimal(packet, valuesAt[i] as number, tenths)
        sum += tenths / 10
      }
      at += o.stepMs
      out.set(packet, to)
      return sum
    },
  }
}

const iso = (at: number, zone: string): string => `${new Date(at).toISOString().slice(0, 23)}${zone}`

/** An edge node with one device of so many metrics: alias, time and a double each, as a DDATA of Sparkplug B has them. */
export function sparkplugStream(o: StreamOptions): MessageStream {
  const walks = Array.from({ length: o.readings }, (_, i) => walk(o.seed + i))
  const birth = (metrics: Buffer[], seq: number) =>
    Buffer.concat([field(1, 0, time(o.startAt)), ...metrics, field(3, 0, varint(seq))])
  const named = walks.map((_, i) =>
    bytes(
      2,
      Buffer.concat([
        bytes(1, Buffer.from(`metric ${i}`)),
        field(2, 0, varint(100 + i)),
        field(4, 0, varint(10)),
        field(7, 0, varint(1)),
      ]),
    ),
  )
  const bdSeq = bytes(
    2,
    Buffer.concat([bytes(1, Buffer.from('bdSeq')), field(4, 0, varint(4)), field(11, 0, varint(0))]),
  )
  const opening = [
    publishPacket(`spBv1.0/bench/NBIRTH/${o.device}`, birth([bdSeq], 0)),
    publishPacket(`spBv1.0/bench/DBIRTH/${o.device}/d`, birth(named, 1)),
  ]
  const value = Buffer.concat([Buffer.from([(13 << 3) | 1]), Buffer.alloc(8)])
  const metrics = walks.map((_, i) =>
    bytes(2, Buffer.concat([field(2, 0, varint(100 + i)), field(3, 0, time(o.startAt)), value])),
  )
  // The sequence number always takes two bytes here, so that all packets have the same length.
  const payload = Buffer.concat([field(1, 0, time(o.startAt)), ...metrics, field(3, 0, Buffer.from([0x80, 0]))])
  const packet = publishPacket(`spBv1.0/bench/DDATA/${o.device}/d`, payload, 1)
  const head = packet.length - payload.length
  const metricBytes = (metrics[0] as Buffer).length
  const first = head + 7
  let at = o.startAt
  let seq = 1
  return {
    readingsPerMessage: o.readings,
    packetBytes: packet.length,
    opening,
    write(out, to, packetId) {
      packet.writeUInt16BE(packetId, head - 2)
      const now = time(at)
      packet.set(now, head + 1)
      let sum = 0
      for (let i = 0; i < walks.length; i++) {
        const end = first + (i + 1) * metricBytes
        packet.set(now, end - 15)
        const v = (walks[i] as () => number)() / 10
        packet.writeDoubleLE(v, end - 8)
        sum += v
      }
      seq = (seq + 1) & 255
      packet[packet.length - 2] = (seq & 127) | 128
      packet[packet.length - 1] = seq >> 7
      at += o.stepMs
      out.set(packet, to)
      return sum
    },
  }
}

const field = (number: number, wire: number, body: Buffer): Buffer =>
  Buffer.concat([varint((number << 3) | wire), body])
const bytes = (number: number, body: Buffer): Buffer => field(number, 2, Buffer.concat([varint(body.length), body]))

function varint(n: number): Buffer {
  const out: number[] = []
  for (; n >= 128; n = Math.floor(n / 128)) out.push((n % 128) | 128)
  return Buffer.from([...out, n])
}

/** Instants of this century take six bytes. */
const time = (ms: number): Buffer => varint(ms)
