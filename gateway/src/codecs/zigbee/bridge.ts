import { Envelope, pass } from '../json/envelope.ts'
import { scanString, skipSpace, stringMarks, stringText } from '../json/text.ts'

/** The devices of one bridge, as its retained list names them. */
export interface Bridge {
  readonly names: ReadonlySet<string>
}

const device = new Envelope({ friendly_name: undefined })
const MAX_DEVICES = 10_000

/** The friendly names in the list `b[from, to)`; `undefined` with the fault noted when it is none. */
export function readDevices(b: Uint8Array, from: number, to: number): Bridge | undefined {
  const names = new Set<string>()
  let i = skipSpace(b, from, to)
  if (b[i] !== 0x5b || i >= to) return undefined
  i = skipSpace(b, i + 1, to)
  while (i < to && b[i] !== 0x5d) {
    i = b[i] === 0x7b ? device.scan(b, i, to) : pass(b, i, to)
    if (i < 0) return undefined
    const name = nameIn(b)
    if (name !== '' && names.size < MAX_DEVICES) names.add(name)
    i = skipSpace(b, i, to)
    if (b[i] === 0x2c) i = skipSpace(b, i + 1, to)
  }
  return i < to ? { names } : undefined
}

function nameIn(b: Uint8Array): string {
  if (!device.has(0)) return ''
  const [from, to] = [device.from[0] as number, device.to[0] as number]
  return b[from] === 0x22 && scanString(b, from, to) === to ? stringText(b, from + 1, to - 1, stringMarks) : ''
}
