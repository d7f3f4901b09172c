import { randomBytes } from 'node:crypto'
import { argon2id, argon2Verify } from 'hash-wasm'
import { QuartierError } from '../errors.ts'

/** OWASP Password Storage Cheat Sheet: argon2id with 19 MiB, two passes, one lane. */
const COST = { memorySize: 19_456, iterations: 2, parallelism: 1, hashLength: 32 } as const
const SHORTEST = 8
const LONGEST = 256

/** The encoded argon2id hash of a password. @throws QuartierError PASSWORD_REFUSED unless it has 8 to 256 characters */
export async function hashPassword(password: string): Promise<string> {
  if (password.length < SHORTEST || password.length > LONGEST) {
    throw new QuartierError('PASSWORD_REFUSED', `a password has ${SHORTEST} to ${LONGEST} characters`)
  }
  return argon2id({ ...COST, password: canonical(password), salt: randomBytes(16), outputType: 'encoded' })
}

/** Whether the password is right; takes as long when there is no hash to hold it against. */
export async function verifyPassword(password: string, hash: string | undefined): Promise<boolean> {
  const typed = canonical(password.slice(0, LONGEST))
  if (hash !== undefined) return argon2Verify({ password: typed, hash })
  await argon2id({ ...COST, password: typed, salt: randomBytes(16), outputType: 'encoded' })
  return false
}

/** One form for characters that keyboards produce in several ways; argon2 wants at least one byte. */
const canonical = (password: string): string => password.normalize('NFKC') || '\0'
