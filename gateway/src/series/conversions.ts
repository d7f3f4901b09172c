import { type Conversion, conversionOf, type SeriesDefinition } from '@quartier/contracts'

/** How the values of a series are converted, by when they were measured. */
export interface Conversions {
  /** Of what is measured now; `undefined` when it is kept as it is. */
  readonly now: Conversion | undefined
  /** Of what was measured before an instant, epoch ms; newest first. */
  readonly before: readonly { readonly untilAt: number; readonly conversion: Conversion | undefined }[]
}

export function conversionAt({ now, before }: Conversions, measuredAt: number): Conversion | undefined {
  let found = now
  for (const past of before) {
    if (measuredAt >= past.untilAt) break
    found = past.conversion
  }
  return found
}

const MARKS = [Buffer.from('"sentUnit":"'), Buffer.from('"sentBefore":[')]

/** How the values of a defined series are converted. Few are: the definition is parsed when it says so, and only then. */
export function conversionsIn(definition: Uint8Array): Conversions | undefined {
  const bytes = Buffer.from(definition.buffer, definition.byteOffset, definition.length)
  if (!MARKS.some((mark) => bytes.includes(mark))) return undefined
  try {
    const { unit, sentUnit = '', sentBefore = [] } = JSON.parse(bytes.toString()) as SeriesDefinition
    const now = conversionOf(sentUnit)
    return {
      now: now?.unit === unit ? now : undefined,
      before: sentBefore.map((past) => ({ untilAt: past.untilAt, conversion: conversionOf(past.sentUnit) })),
    }
  } catch {
    return undefined // whoever reads definitions in full says so
  }
}
