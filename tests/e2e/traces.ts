import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { createGunzip, createZstdDecompress } from 'node:zlib'

/**
 * Every way in which a text may stand in bytes: as it is, in capitals or small letters, in UTF-16, hexadecimal, base64 at any
 * offset, as part of an address, and as one of the hashes by which it could be found again.
 */
export function formsOf(text: string): Buffer[] {
  const bytes = Buffer.from(text)
  const texts = [
    text,
    text.toUpperCase(),
    text.toLowerCase(),
    encodeURIComponent(text),
    JSON.stringify(text).slice(1, -1),
  ]
  const base64 = [0, 1, 2].flatMap((offset) => {
    // The first and last characters depend on what stands around.
    const coded = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replaceAll('=', '')
    const inner = coded.slice(offset === 0 ? 0 : offset + 1, -1)
    return [inner, inner.replaceAll('+', '-').replaceAll('/', '_')]
  })
  const hashes = ['md5', 'sha1', 'sha256'].map((name) => createHash(name).update(bytes).digest())
  return [
    ...[...texts, ...base64, bytes.toString('hex')].map((t) => Buffer.from(t)),
    Buffer.from(text, 'utf16le'),
    ...hashes.flatMap((hash) => [
      hash,
      Buffer.from(hash.toString('hex')),
      Buffer.from(hash.toString('base64').slice(0, 40)),
    ]),
  ]
}

/** Looks for many texts, in all their forms, in one pass over the bytes. */
export class Traces {
  readonly #starts = new Uint8Array(1 << 16)
  readonly #byStart = new Map<number, { form: Buffer; text: string }[]>()

  constructor(texts: readonly string[]) {
    for (const text of texts)
      for (const form of formsOf(text)) {
        const start = form.readUInt32LE(0)
        this.#starts[slotOf(start)] = 1
        this.#byStart.set(start, [...(this.#byStart.get(start) ?? []), { form, text }])
      }
  }

  /** Each text that is there: `place: text`. */
  in(place: string, bytes: Buffer): string[] {
    const found = new Set<string>()
    let start = 0
    for (let i = 0; i < bytes.length; i++) {
      start = (start >>> 8) | ((bytes[i] as number) << 24)
      if (i < 3 || this.#starts[slotOf(start)] === 0) continue
      for (const { form, text } of this.#byStart.get(start >>> 0) ?? [])
        if (bytes.compare(form, 0, form.length, i - 3, Math.min(bytes.length, i - 3 + form.length)) === 0)
          found.add(`${place}: ${text}`)
    }
    return [...found]
  }

  /** The same in every file of a folder, and in everything that is compressed in them. */
  async inFolder(folder: string): Promise<string[]> {
    const found: string[] = []
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue
      const path = join(entry.parentPath, entry.name)
      for (const [inside, bytes] of await layersOf(readFileSync(path)))
        found.push(...this.in(`${relative(folder, path)}${inside}`, bytes))
    }
    return found
  }
}

const slotOf = (start: number): number => (Math.imul(start, 0x9e3779b1) >>> 16) & 0xffff

const MAGIC = [
  ['zstd', Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), createZstdDecompress],
  ['gzip', Buffer.from([0x1f, 0x8b, 0x08]), createGunzip],
] as const

/** The bytes of a file and what each compressed part of it holds. */
async function layersOf(bytes: Buffer): Promise<[inside: string, bytes: Buffer][]> {
  const layers: [string, Buffer][] = [['', bytes]]
  for (const [name, magic, open] of MAGIC)
    for (let at = bytes.indexOf(magic); at >= 0; at = bytes.indexOf(magic, at + 1)) {
      const inner = await unpacked(open(), bytes.subarray(at))
      if (inner.length > 0) layers.push([` (${name})`, inner])
    }
  return layers
}

/** What a stream makes of the bytes before it finds that they are over, or were none of its kind. */
function unpacked(stream: ReturnType<typeof createGunzip>, bytes: Buffer): Promise<Buffer> {
  const chunks: Buffer[] = []
  return new Promise((resolve) => {
    const done = () => resolve(Buffer.concat(chunks))
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    stream.once('end', done)
    stream.once('error', done)
    stream.end(bytes)
  })
}
