import { z } from 'zod'
import type { Codec, MessageContext, ReadingSink } from '../codec.ts'
import { fail, rejection } from '../fault.ts'
import { MAX_PAYLOAD_BYTES } from '../limits.ts'
import { readCbor } from './cbor.ts'
import { readJson } from './json.ts'
import { Records } from './records.ts'

const records = new Records()

/** SenML (RFC 8428) in JSON or CBOR, told apart by the first byte; docs/formats/senml.md is the description. It has no options. */
export function senmlCodec(options: unknown = {}): Codec {
  z.strictObject({}).parse(options)
  return {
    name: 'senml',
    decode(payload, from, to, context, sink) {
      return decodeSenml(payload, from, to, context, sink) < 0 ? rejection(from) : undefined
    },
  }
}

function decodeSenml(b: Uint8Array, from: number, to: number, context: MessageContext, sink: ReadingSink): number {
  if (to - from > MAX_PAYLOAD_BYTES)
    return fail('senml-limit', `the payload is longer than ${MAX_PAYLOAD_BYTES} bytes`, -1)
  if (from >= to) return fail('senml-format', 'the payload is empty', -1)
  records.begin(context, sink)
  const first = b[from] as number
  const isCbor = first >= 0x80 && first <= 0x9f
  const read = isCbor ? readCbor(b, from, to, records) : readJson(b, from, to, records)
  return read < 0 ? -1 : records.end()
}
