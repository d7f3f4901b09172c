import { z } from 'zod'
import { routeSchema } from '../topics/route-schema.ts'

const file = (description: string) =>
  z.string().min(1).nullable().default(null).describe(`file that holds ${description}; null: none`)

/** A broker of somebody else's from which the gateway takes in telemetry. */
export const bridgeSchema = z
  .strictObject({
    name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,31}$/, 'small letters, digits and dashes, at most 32'),
    url: z.url({ protocol: /^mqtts?$/ }).describe('mqtt://host:port, or mqtts:// for TLS'),
    version: z.enum(['3.1.1', '5']).default('3.1.1').describe('of MQTT'),
    source: z
      .string()
      .regex(/^[^/+#\s\p{Cc}]{1,80}$/u)
      .describe('first part of all its series keys'),
    filters: z.array(z.string().min(1).max(1_024)).min(1).max(100).describe('what is subscribed to, at QoS 1'),
    routes: z
      .array(routeSchema)
      .default([])
      .describe('which codec reads which topics; those of the gateway when empty'),
    share: z
      .string()
      .regex(/^[^/+#]{1,64}$/)
      .nullable()
      .default(null)
      .describe('name of a shared subscription, among whose connections the broker divides the messages'),
    connections: z.number().int().min(1).max(16).default(1).describe('connections, each at one of the gateways'),
    username: z.string().default('').describe('name by which the broker knows us'),
    passwordFile: file('its password'),
    caFile: file('the authorities we believe (PEM), in place of those of the system'),
    certFile: file('our certificate (PEM)'),
    keyFile: file('the key of our certificate (PEM)'),
    window: z
      .number()
      .int()
      .min(1)
      .max(65_535)
      .default(1_000)
      .describe('messages taken in that are not acknowledged yet'),
    sessionExpiryS: z
      .number()
      .int()
      .min(60)
      .default(86_400)
      .describe('how long the broker keeps what we miss (MQTT 5; others have a setting of their own), s'),
    personal: z.boolean().default(false).describe('a source of personal data'),
    historical: z.boolean().default(false).describe('may send the past'),
  })
  .superRefine(({ connections, share, certFile, keyFile }, ctx) => {
    const wrong = (path: string, message: string) => ctx.addIssue({ code: 'custom', path: [path], message })
    if (connections > 1 && share === null)
      wrong('share', 'several connections without it get every message several times')
    if ((certFile === null) !== (keyFile === null)) wrong('keyFile', 'a certificate and its key come together')
  })

export const bridgesSchema = z
  .array(bridgeSchema)
  .default([])
  .superRefine((bridges, ctx) => {
    const names = bridges.map((b) => b.name)
    if (new Set(names).size < names.length) ctx.addIssue({ code: 'custom', message: 'two bridges have one name' })
  })

export type BridgeConfig = Readonly<z.output<typeof bridgeSchema>>
