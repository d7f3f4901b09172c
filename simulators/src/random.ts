/** Small deterministic randomness: the same numbers on every machine, and any of them without the ones before it. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number
  /** Uniform in [from, to). */
  between(from: number, to: number): number
  /** One of `items`, which is not empty. */
  pick<T>(items: readonly T[]): T
}

/** A stream of random numbers; streams of different seeds are unrelated. */
export function createRandom(seed: number): Random {
  let step = 0
  const next = () => unit(seed, step++)
  return {
    next,
    between: (from, to) => from + (to - from) * next(),
    pick: (items) => items[Math.floor(next() * items.length)]!,
  }
}

/** 32 well mixed bits of two numbers, of which the low 32 bits count: MurmurHash3's steps and finaliser. */
export function mix(a: number, b: number): number {
  let h = 0x2f0b4c47
  for (const part of [a | 0, b | 0]) {
    h ^= Math.imul(rotate(Math.imul(part, 0xcc9e2d51), 15), 0x1b873593)
    h = (Math.imul(rotate(h, 13), 5) + 0xe6546b64) | 0
  }
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

/** The pair as a number in [0, 1). */
export const unit = (a: number, b: number): number => mix(a, b) / 4_294_967_296

/** 32 bits of a text (FNV-1a over its UTF-16 units, then mixed). */
export function hashOf(text: string): number {
  let h = 0x811c9dc5
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193)
  return mix(h, text.length)
}

const rotate = (x: number, bits: number): number => (x << bits) | (x >>> (32 - bits))

/** A smooth wander in (-1, 1) that forgets itself after about `periodMs`; a pure function of its arguments. */
export function drift(seed: number, at: number, periodMs: number): number {
  const place = at / periodMs + (seed >>> 0) / 4_294_967_296
  const cell = Math.floor(place)
  const t = place - cell
  const a = unit(seed, cell)
  const b = unit(seed, cell + 1)
  return (a + (b - a) * t * t * (3 - 2 * t)) * 2 - 1
}

/** White noise in [-1, 1). */
export const jitter = (seed: number, at: number): number => unit(seed ^ (at / 4_294_967_296), at) * 2 - 1
