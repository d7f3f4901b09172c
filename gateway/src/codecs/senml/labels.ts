/** The fields of a SenML record (RFC 8428 §5, table 1) as rows of the record's columns. */
export const N = 0
export const U = 1
export const V = 2
export const VS = 3
export const VB = 4
export const S = 5
export const T = 6
export const UT = 7
export const VD = 8
export const BVER = 9
export const BN = 10
export const BT = 11
export const BU = 12
export const BV = 13
export const BS = 14
export const LABELS = 15

/** A field that is not ours to know. */
export const UNKNOWN = -1

export const LABEL_NAMES = [
  'n',
  'u',
  'v',
  'vs',
  'vb',
  's',
  't',
  'ut',
  'vd',
  'bver',
  'bn',
  'bt',
  'bu',
  'bv',
  'bs',
] as const

const BY_NAME = new Map<string, number>(LABEL_NAMES.map((name, label) => [name, label]))

/** The label with this name, or {@link UNKNOWN}. */
export const labelNamed = (name: string): number => BY_NAME.get(name) ?? UNKNOWN

/** What a field holds. */
export const IS_NUMBER = 0
export const IS_TEXT = 1
export const IS_BOOLEAN = 2
export const IS_DATA = 3
export const LABEL_TYPES = Uint8Array.from(LABEL_NAMES, (name) => {
  if (['n', 'u', 'vs', 'bn', 'bu'].includes(name)) return IS_TEXT
  return name === 'vb' ? IS_BOOLEAN : name === 'vd' ? IS_DATA : IS_NUMBER
})

const bits = (...labels: number[]): number => labels.reduce((mask, label) => mask | (1 << label), 0)
/** Sets of labels as bits of a number. */
export const BASE_FIELDS = bits(BVER, BN, BT, BU, BV, BS)
export const VALUE_FIELDS = bits(V, VS, VB, VD)
export const OWN_FIELDS = bits(N, V, VS, VB, VD, S)
