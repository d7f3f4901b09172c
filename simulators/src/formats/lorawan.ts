import { Buffer } from 'node:buffer'
import type { Encode, Rows } from './encode.ts'

/** What the network adds to what a device says; it is measured too. */
const RSSI = 'lora.rssi'
const SNR = 'lora.snr'
const APPLICATION = '17c82e96-be03-4f38-aef3-f83d48582d97'
/** Uplinks are numbered; this one follows from the time, so that a restart goes on counting. */
const frame = (measuredAt: number): number => Math.floor(measuredAt / 60_000) % 65_536

export const chirpstackTopic = (devEui: string): string => `application/${APPLICATION}/device/${devEui}/event/up`

/** An `up` event of ChirpStack v4, JSON. */
export const encodeChirpstack: Encode = (rows, measuredAt, values) => {
  const { object, rssi, snr, empty } = split(rows, values)
  if (empty) return undefined
  const time = new Date(measuredAt).toISOString().replace('Z', '+00:00')
  const devEui = rows.devices[0]!
  const heard = Number.isNaN(rssi) ? [] : [{ gatewayId: '0016c001f153a14c', uplinkId: frame(measuredAt), rssi, snr }]
  return JSON.stringify({
    deduplicationId: `${devEui}-${measuredAt}`,
    time,
    deviceInfo: { tenantName: 'Naseem', applicationName: 'district', deviceName: devEui, devEui },
    devAddr: devEui.slice(-8),
    adr: true,
    dr: 5,
    fCnt: frame(measuredAt),
    fPort: 2,
    data: rawOf(object),
    object,
    rxInfo: heard,
  })
}

export const ttnTopic = (device: string): string => `v3/naseem@district/devices/${device}/up`

/** An uplink of The Things Stack v3. */
export const encodeTtn: Encode = (rows, measuredAt, values) => {
  const { object, rssi, snr, empty } = split(rows, values)
  if (empty) return undefined
  const time = new Date(measuredAt).toISOString()
  const device = rows.devices[0]!
  const heard = Number.isNaN(rssi) ? [] : [{ gateway_ids: { gateway_id: 'naseem-1' }, rssi, snr }]
  return JSON.stringify({
    end_device_ids: { device_id: device, application_ids: { application_id: 'naseem' } },
    received_at: new Date(measuredAt + 120).toISOString(),
    uplink_message: {
      f_port: 1,
      f_cnt: frame(measuredAt),
      frm_payload: rawOf(object),
      decoded_payload: object,
      rx_metadata: heard,
      received_at: time,
    },
  })
}

function split(rows: Rows, values: ArrayLike<number>) {
  const object: Record<string, number> = {}
  let [rssi, snr] = [Number.NaN, Number.NaN]
  for (const [i, property] of rows.properties.entries()) {
    const value = values[i]!
    if (property === RSSI) rssi = value
    else if (property === SNR) snr = value
    else if (!Number.isNaN(value)) object[property] = value
  }
  return {
    object,
    rssi,
    snr: Number.isNaN(snr) ? 0 : snr,
    empty: Object.keys(object).length === 0 && Number.isNaN(rssi),
  }
}

/** The bytes that a device would have sent: each value in hundredths. */
function rawOf(object: Readonly<Record<string, number>>): string {
  const values = Object.values(object)
  const bytes = Buffer.alloc(values.length * 4)
  for (const [i, value] of values.entries()) bytes.writeInt32BE(Math.round(value * 100) | 0, i * 4)
  return bytes.toString('base64')
}
