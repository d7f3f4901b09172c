/** A device or property name for topics and keys: separators and control characters of both become `-`. */
export function nameOf(text: string): string {
  const name = text
    .trim()
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is replaced
    .replaceAll(/[/+#\u0000-\u001f\u007f]+/g, '-')
    .slice(0, 100)
  return name === '' ? '-' : name
}

/** The number that a field says: a decimal number, or a truth value as 0 or 1; NaN otherwise. */
export function numberOf(text: string, decimalComma = false): number {
  const trimmed = text.trim()
  if (/^(true|yes|on)$/i.test(trimmed)) return 1
  if (/^(false|no|off)$/i.test(trimmed)) return 0
  const number = trimmed === '' ? Number.NaN : Number(decimalComma ? trimmed.replace(',', '.') : trimmed)
  return Number.isFinite(number) ? number : Number.NaN
}
