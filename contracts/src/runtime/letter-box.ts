import {
  createCipheriv,
  createDecipheriv,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto'

const CIPHER = 'aes-256-gcm'
const IV_BYTES = 12
const TAG_BYTES = 16
const DER = { type: 'spki', format: 'der' } as const

/**
 * Whoever knows the address can put something in, and only this process can take it out: what travels in the log, which many
 * read and which is kept, and must not be read there. The key is never written down and ends with the process.
 */
export class LetterBox {
  readonly address: string
  readonly #key: KeyObject

  constructor() {
    const { publicKey, privateKey } = generateKeyPairSync('x25519')
    this.address = publicKey.export(DER).toString('base64')
    this.#key = privateKey
  }

  /** What was sealed for this box; `undefined` when it was not, or was changed since. */
  open(sealed: string): Buffer | undefined {
    try {
      const bytes = Buffer.from(sealed, 'base64')
      const size = bytes[1] === undefined ? 0 : bytes[1] + 2 // the length that its DER begins with
      const sender = bytes.subarray(0, size)
      const iv = bytes.subarray(size, size + IV_BYTES)
      const tag = bytes.subarray(size + IV_BYTES, size + IV_BYTES + TAG_BYTES)
      const publicKey = createPublicKey({ key: sender, ...DER })
      const decipher = createDecipheriv(CIPHER, keyOf(this.#key, publicKey, sender), iv, { authTagLength: TAG_BYTES })
      decipher.setAuthTag(tag)
      return Buffer.concat([decipher.update(bytes.subarray(size + IV_BYTES + TAG_BYTES)), decipher.final()])
    } catch {
      return undefined
    }
  }
}

/** Content that only the letter box with this address can open, as text. @throws Error when it is no address */
export function sealFor(address: string, content: Uint8Array): string {
  const { publicKey, privateKey } = generateKeyPairSync('x25519')
  const sender = publicKey.export(DER)
  const receiver = createPublicKey({ key: Buffer.from(address, 'base64'), ...DER })
  const iv = randomBytes(IV_BYTES)
  const cipher = createCipheriv(CIPHER, keyOf(privateKey, receiver, sender), iv, { authTagLength: TAG_BYTES })
  const sealed = Buffer.concat([cipher.update(content), cipher.final()])
  return Buffer.concat([sender, iv, cipher.getAuthTag(), sealed]).toString('base64')
}

/** A key that the two ends agree on, for one letter. */
function keyOf(privateKey: KeyObject, publicKey: KeyObject, sender: Buffer): Buffer {
  const secret = diffieHellman({ privateKey, publicKey })
  return Buffer.from(hkdfSync('sha256', secret, sender, 'quartier letter box', 32))
}
