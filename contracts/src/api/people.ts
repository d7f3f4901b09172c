import { z } from 'zod'
import { mistakeInFilter } from '../devices/topic-filter.ts'
import { ROLES } from '../records/port.ts'

export const userSchema = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'small letters, digits, dot, dash and underscore, at most 64'),
  displayName: z.string().min(1).max(120),
  role: z.enum(ROLES),
  zones: z.array(z.string().min(1).max(64)).max(500).default([]).describe('zone ids seen; empty is the whole district'),
  enabled: z.boolean().default(true),
  language: z.enum(['en', 'ar']).default('en'),
})

export const loginSchema = z.strictObject({ name: z.string().min(1).max(64), password: z.string().min(1).max(256) })

export const sessionSchema = z.strictObject({
  user: userSchema,
  csrfToken: z.string().describe('send as x-csrf-token on every request that changes something'),
  expiresAt: z.number(),
  timeZone: z.string().describe('IANA name; screens show times in it'),
})
export type SessionView = z.infer<typeof sessionSchema>

export const peopleSchema = z.strictObject({ people: z.array(userSchema) })
export type PeopleView = z.infer<typeof peopleSchema>
export const putPersonSchema = userSchema.extend({
  password: z.string().min(12).max(256).optional().describe('absent for a new person: one is generated and shown once'),
})
export type PersonToSave = z.infer<typeof putPersonSchema>
export const personSavedSchema = z.strictObject({ person: userSchema, generatedPassword: z.string().nullable() })
export type PersonSaved = z.infer<typeof personSavedSchema>

const filter = z
  .string()
  .min(1)
  .max(400)
  .superRefine((text, ctx) => {
    const mistake = mistakeInFilter(text)
    if (mistake !== undefined) ctx.addIssue({ code: 'custom', message: mistake })
  })
const filters = z.array(filter).max(50)
export const principalSchema = z.strictObject({
  name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,79}$/),
  source: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,79}$/)
    .describe('first part of every series key it may write'),
  kind: z.enum(['device', 'gateway', 'service']).default('gateway'),
  publish: filters.describe('MQTT topic filters; %p is its name, %s its source'),
  subscribe: filters.default([]),
  devices: z
    .array(z.string().min(1).max(200))
    .max(10_000)
    .default(['*'])
    .describe('exact ids, or prefixes ending in *'),
  personal: z.boolean().default(false),
  historical: z.boolean().default(false),
  enabled: z.boolean().default(true),
})
export const principalsSchema = z.strictObject({ principals: z.array(principalSchema) })
export const principalCreatedSchema = z.strictObject({
  principal: principalSchema,
  secret: z.string().describe('shown once, base64url'),
})
