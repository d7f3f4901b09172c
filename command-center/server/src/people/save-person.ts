import type { personSavedSchema, putPersonSchema } from '@quartier/contracts/api'
import type { User, UserStore } from '@quartier/contracts/records'
import type { z } from 'zod'
import { generatePassword } from '../access/first-administrator.ts'
import { Problem } from '../http/problem.ts'

/**
 * Creates or changes a person; a new one without a password gets a generated one.
 * @throws Problem 409 PERSON_CONFLICT when it would leave nobody who administers the whole district
 */
export async function savePerson(
  request: z.output<typeof putPersonSchema>,
  self: User,
  users: UserStore,
): Promise<z.output<typeof personSavedSchema>> {
  const { password, ...person } = request
  const everybody = await users.list()
  const before = everybody.find((u) => u.name === person.name)
  const others = everybody.filter((u) => u.name !== person.name)
  if (![...others, person].some(administers))
    throw new Problem(409, 'PERSON_CONFLICT', 'Somebody must remain who administers the whole district.')
  if (person.name === self.name && !administers(person))
    throw new Problem(
      409,
      'PERSON_CONFLICT',
      'You cannot take your own administration away; ask another administrator.',
    )
  const generated = before || password ? null : generatePassword()
  await users.put(person, password ?? generated ?? undefined)
  return { person, generatedPassword: generated }
}

const administers = (u: User): boolean => u.enabled && u.role === 'administrator' && u.zones.length === 0
