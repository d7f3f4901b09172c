import { utf8 } from '../bytes.ts'
import { MAX_NAME_BYTES } from '../limits.ts'
import { metric } from './wire.ts'

/** The name of the scanned metric; one that is too long keeps enough of itself to be seen as such. */
export const metricName = (b: Uint8Array): string =>
  utf8(b, metric.nameFrom, Math.min(metric.nameTo, metric.nameFrom + MAX_NAME_BYTES + 1))

/** `Inputs/A` is the property `Inputs.A`: a property is one level of a series key. */
export const propertyOf = (name: string): string => name.replaceAll('/', '.').replaceAll(/[+#]/g, '_')
