import { MAX_NAME_BYTES } from './limits.ts'

/** A property is one level of a series key: not empty, at most 256 bytes, without `/`, `+`, `#` or control characters. */
export const isPropertyName = (name: string): boolean =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  name !== '' && !/[/+#\u0000-\u001f\u007f]/.test(name) && Buffer.byteLength(name) <= MAX_NAME_BYTES

/** A device may have several levels, separated by `/`, none of them empty. */
export const isDeviceName = (name: string): boolean =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  name !== '' && !/[+#\u0000-\u001f\u007f]|^\/|\/\/|\/$/.test(name) && Buffer.byteLength(name) <= MAX_NAME_BYTES
