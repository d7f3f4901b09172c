import { randomInt } from 'node:crypto'
import type { Records } from '@quartier/contracts/records'

/**
 * Gives an installation without people its first administrator. The password is shown once, by the caller.
 * @returns name and generated password, or `undefined` when there are people already
 */
export async function ensureFirstAdministrator(
  records: Pick<Records, 'users'>,
): Promise<{ name: string; password: string } | undefined> {
  if ((await records.users.count()) > 0) return undefined
  const name = 'admin'
  const password = generatePassword()
  await records.users.put(
    { name, displayName: 'Administrator', role: 'administrator', zones: [], enabled: true, language: 'en' },
    password,
  )
  return { name, password }
}

/** Twenty letters and digits that are hard to confuse, in groups: 98 bits. */
export function generatePassword(): string {
  const letters = 'abcdefghjkmnpqrstuvwxyz23456789'
  const group = () => Array.from({ length: 5 }, () => letters[randomInt(letters.length)]).join('')
  return [group(), group(), group(), group()].join('-')
}
