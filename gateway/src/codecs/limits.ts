export { MAX_TIME_MS } from '@quartier/contracts'

/** What a codec accepts at most; checked before or while parsing, so that hostile bytes cost no more than honest ones. */
export const MAX_PAYLOAD_BYTES = 256 * 1024
/** Readings and states of one message. */
export const MAX_RECORDS = 5_000
export const MAX_DEPTH = 16
export const MAX_STRING_BYTES = 8 * 1024
/** A property or device name, in UTF-8 bytes. */
export const MAX_NAME_BYTES = 256
/** Digits of one number; longer ones are noise or an attack. */
export const MAX_NUMBER_BYTES = 1024
