import { encodePack } from '@quartier/contracts/pack'
import { encodePayload, type TestMetric } from './sparkplug/testing-payload.ts'

/** A generator of whole numbers below `n`, the same for the same seed (mulberry32, public domain). */
export function seeded(seed: number): (n: number) => number {
  let s = seed >>> 0
  return (n) => {
    s = (s + 0x6d2b79f5) >>> 0
    let t = Math.imul(s ^ (s >>> 15), 1 | s)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * n)
  }
}

const AT = 1_700_000_000_000
const series = Array.from({ length: 8 }, (_, i) => ({ device: i % 2 ? undefined : `dev/${i}`, property: `p${i}` }))

const SPARKPLUG_METRICS: readonly TestMetric[] = [
  { name: 'Inputs/A', alias: 1, timestamp: AT, datatype: 11, boolean: true },
  { name: 'Speed', alias: 300, timestamp: AT, datatype: 9, float: 12.5, unit: 'm/s', quality: 192 },
  { name: 'Big', alias: 2 ** 40, datatype: 8, long: 2n ** 63n },
  { name: 'Low', alias: 4, datatype: 1, int: 0xfb, isHistorical: true },
  { name: 'Mode', alias: 5, datatype: 12, string: 'eco' },
  { name: 'Gone', alias: 6, datatype: 10, isNull: true },
  { name: 'Table', alias: 7, datatype: 16, opaque: { field: 17, bytes: Buffer.from([8, 1]) } },
]

/** Good payloads of every format, from which bad ones are bred. */
export const HONEST: readonly Buffer[] = [
  ...[
    '{"ts":1700000000123,"value":23.456789012345678}',
    '{"ts":"2026-03-01T12:00:00.123+03:00","temp":21.5,"ok":true,"mode":"e\\u00e9co","big":9007199254740993,"x":null}',
    '{"a":{"b":[1,2,{"c":[[[]]]}]},"value":-1.5e-7}',
    '{"meta":{"id":"s-1","at":1700000000},"data":[{"t":21.5},{"t":"x"}]}',
    '[{"bn":"urn:dev:ow:10e2073a01080063:","bt":1.276020076e9,"bu":"A","bver":10,"n":"voltage","u":"V","v":120.1},{"n":"current","t":-5,"v":1.2,"s":7}]',
    '{"deduplicationId":"3f0a","time":"2026-03-01T12:00:00.123456789+00:00","deviceInfo":{"devEui":"0102030405060708","tags":{"a":"b"}},"fCnt":7,"fPort":2,"data":"qg==","object":{"temp":21.5,"gps":{"lat":25.3,"fix":[1,true,"x"]},"a\\u002fb":null},"rxInfo":[{"gatewayId":"g","rssi":-36,"snr":10.5},{"rssi":-120}]}',
    '{"time":"2026-03-01T12:00:00Z","margin":10,"batteryLevel":88.3,"location":{"latitude":25.3,"longitude":51.5,"altitude":2}}',
    '{"end_device_ids":{"device_id":"dev1","dev_eui":"0102030405060708"},"received_at":"2026-03-01T12:00:01Z","uplink_message":{"f_cnt":1,"frm_payload":"gkHe","decoded_payload":{"t":1.0,"deep":{"er":[{"x":0}]}},"rx_metadata":[{"rssi":-35,"snr":5}],"received_at":"2026-03-01T12:00:00.789585559Z"},"simulated":true}',
    '{"UtcTime":"2026-03-01T12:00:00.321Z","Source":{"VideoSource":"1","AnalyticsConfiguration":"2","Rule":"North gate"},"Key":{"ObjectId":"15"},"Data":{"ObjectId":"15","Count":"41","State":true,"ClassTypes":"Human Vehicle","Direction":"Left"}}',
    '{"UtcTime":"2026-03-01T12:00:00Z","Source":{"VideoSource":1},"Data":{"LicensePlateInfo":{"PlateNumber":{"@Likelihood":0.9,"#text":"QA 1"},"CountryCode":"QA"},"VehicleInfo":{"Type":[{"#text":"Car"}],"Brand":"b"},"Likelihood":0.9,"Image":"/9j/4AAQ","ImageURI":"http://c/1.jpg"}}',
    '{"Frame":[{"@UtcTime":"2026-03-01T12:00:00.321","Object":[{"@ObjectId":15,"Appearance":{"Class":{"Type":[{"@Likelihood":0.8,"#text":"Human"}]},"HumanFace":{"Gender":"Male"}}}]}]}',
    '{"type":"update","before":{"id":"1.2-ab","camera":"gate","label":"car","current_zones":["street"],"stationary":false,"box":[1,2,3,4]},"after":{"id":"1.2-ab","camera":"gate","frame_time":1772366400.5,"start_time":1772366390,"end_time":1772366400.5,"label":"car","sub_label":["Ali",0.9],"top_score":0.96,"false_positive":false,"stationary":true,"current_zones":["street","gate"],"average_estimated_speed":12.5,"recognized_license_plate":"QA1","recognized_license_plate_score":0.9,"path_data":[[[0.1,0.2],1772366400]]}}',
    '{"type":"lpr","id":"1.2-ab","camera":"gate","timestamp":1772366400.5,"name":"Ali","plate":"QA1","score":0.9}',
    '{"cameras":{"gate":{"camera_fps":5.1,"process_fps":5,"pid":7}},"cpu_usages":{"7":{"cmdline":"ffmpeg rtsp://u:p@h/1"}}}',
    '{"kind":"door-forced","ts":1700000000000,"id":"a-1","severity":"critical","asset":"d","attributes":{"door":"N\\u00f6rd","x":true}}',
    '[{"device":"c","kind":"plate-seen","time":"2026-03-01T12:00:00Z","attributes":{"plate":"QA 1","confidence":0.9}},{"kind":"acme:odd","device":"c"}]',
    '[{"friendly_name":"hall/lamp","ieee_address":"0x00","definition":{"exposes":[]}},{"friendly_name":"Coordinator"}]',
    '{"state":"ON","brightness":254,"color":{"x":0.5,"y":0.3},"energy":1.5,"last_seen":"2026-03-01T12:00:00+03:00","update":{"state":"idle"},"action":"single","battery":null}',
    '{"state":"offline"}',
    '[{"bn":"d/","n":"x","vs":"gr\\u00fcn"},{"n":"y","vb":true},{"n":"z","vd":"_-8B"},{"n":"w","v":1,"ut":60,"ext":[{"k":null}]}]',
  ].map((text) => Buffer.from(text)),
  ...[
    '81a721781b75726e3a6465763a6f773a3130653230373361303130383030363a22fb41d303a15b0010622361412005' +
      '0067766f6c7461676501615602fb405e066666666666',
    '9fbf007f62642f6170ff0201ffa20063642f7002c48221196ab3a30063642f700843ff01021904d2f6ff',
    '81a40063642f7020050a8301820203f60201',
  ].map((hex) => Buffer.from(hex, 'hex')),
  ...[
    { timestamp: AT, seq: 0, metrics: [{ name: 'bdSeq', datatype: 4, long: 0 }, ...SPARKPLUG_METRICS] },
    { timestamp: AT, seq: 1, metrics: SPARKPLUG_METRICS.map(({ name: _, ...value }) => value) },
  ].map(encodePayload),
  Buffer.from(encodePack({ series, measuredAt: AT, value: series.map((_, i) => i / 3) })),
  Buffer.from(
    encodePack({
      series,
      index: [7, 0, 3],
      measuredAt: [AT, AT + 5, AT + 9],
      value: [1, 2, 3],
      quality: [0, 1, 2],
      values: { decimals: 2 },
    }),
  ),
  Buffer.from(
    encodePack({
      series: [
        { lo: 1, hi: 2 },
        { lo: 3, hi: 4 },
      ],
      measuredAt: AT,
      value: [1.5, 2.5],
      values: 'f32',
    }),
  ),
]

const SPLINTERS = [
  '{',
  '}',
  '[',
  ']',
  '"',
  ':',
  ',',
  '\\u0000',
  '\\ud800',
  '__proto__',
  '"ts":',
  '1e999',
  '-0',
  '9'.repeat(400),
  '\u00ff',
].map((s) => Buffer.from(s))

/** A payload made from an honest one by a few random changes; now and then nothing but noise. */
export function mutant(below: (n: number) => number): Buffer {
  if (below(20) === 0) return Buffer.from(Array.from({ length: below(200) }, () => below(256)))
  let bytes = Buffer.from(HONEST[below(HONEST.length)] as Buffer)
  for (let changes = below(6); changes >= 0; changes--) bytes = change(bytes, below)
  return bytes
}

function change(bytes: Buffer<ArrayBuffer>, below: (n: number) => number): Buffer<ArrayBuffer> {
  const at = below(bytes.length + 1)
  const end = at + below(bytes.length - at + 1)
  const other = HONEST[below(HONEST.length)] as Buffer
  switch (below(8)) {
    case 0:
      return bytes.subarray(0, at)
    case 1:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(end)])
    case 2:
      return Buffer.concat([bytes.subarray(0, end), bytes.subarray(at)])
    case 3:
      return Buffer.concat([bytes.subarray(0, at), SPLINTERS[below(SPLINTERS.length)] as Buffer, bytes.subarray(at)])
    case 4:
      return Buffer.concat([bytes.subarray(0, at), other.subarray(below(other.length))])
    case 5: {
      const n = below(1 << below(14))
      return Buffer.concat([bytes.subarray(0, at), Buffer.alloc(n, bytes[at] ?? 0x5b), bytes.subarray(at)])
    }
    default: {
      const changed = Buffer.from(bytes)
      if (at < changed.length) changed[at] = below(4) === 0 ? 1 << below(8) : below(256)
      return changed
    }
  }
}
