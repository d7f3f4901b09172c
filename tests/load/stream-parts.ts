/** What prepared packets are patched with. */

/** A walk in tenths between 100.0 and 999.9: what a real sensor with a step of 0.1 says. */
export function walk(seed: number): () => number {
  let state = (seed * 2_654_435_761) >>> 0
  let tenths = 1_000 + (state % 8_000)
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    tenths += ((state >>> 16) % 7) - 3
    if (tenths < 1_000) tenths = 1_000
    if (tenths > 9_999) tenths = 9_999
    return tenths
  }
}

export function digits(out: Buffer, at: number, count: number, value: number): void {
  let rest = value
  for (let i = at + count - 1; i >= at; i--) {
    const next = Math.floor(rest / 10)
    out[i] = 48 + (rest - next * 10)
    rest = next
  }
}

export function decimal(out: Buffer, at: number, tenths: number): void {
  digits(out, at, 3, Math.floor(tenths / 10))
  out[at + 4] = 48 + (tenths % 10)
}

export function offsetsOf(bytes: Buffer, needle: string | Buffer, from: number): number[] {
  const found: number[] = []
  for (let at = bytes.indexOf(needle, from); at >= 0; at = bytes.indexOf(needle, at + 1)) found.push(at)
  return found
}
