/** Prints rows as aligned columns. */
export function table(rows: readonly Record<string, string>[]): void {
  if (rows.length === 0) {
    process.stdout.write('nothing\n')
    return
  }
  const names = Object.keys(rows[0] as object)
  const widths = names.map((n) => Math.max(n.length, ...rows.map((r) => (r[n] ?? '').length)))
  const line = (cells: string[]) =>
    `${cells
      .map((c, i) => c.padEnd(widths[i] as number))
      .join('  ')
      .trimEnd()}\n`
  process.stdout.write(line(names))
  for (const row of rows) process.stdout.write(line(names.map((n) => row[n] ?? '')))
}

/** A value as people read it. */
export function cell(value: unknown): string {
  if (value === null || value === undefined) return 'none'
  if (value instanceof Date) return value.toISOString()
  if (typeof value === 'number' && !Number.isInteger(value)) return String(Math.round(value * 1e6) / 1e6)
  return String(value)
}

export const count = (n: number, one: string, many = `${one}s`): string =>
  `${n.toLocaleString('en')} ${n === 1 ? one : many}`
