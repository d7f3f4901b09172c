import { commonConfig } from '@quartier/contracts/runtime'
import { z } from 'zod'

const level = z.string().regex(/^[^/+#]{1,80}$/, 'one level of an MQTT topic')

/** Everything that can be set in the bridge. */
export const opcuaConfigSchema = z.object({
  ...commonConfig,
  server: z.strictObject({
    url: z.string().startsWith('opc.tcp://').describe('endpoint of the OPC UA server'),
    security: z
      .enum(['none', 'sign', 'encrypt'])
      .default('encrypt')
      .describe('messages plain, signed, or signed and encrypted (Basic256Sha256)'),
    trustUnknown: z
      .boolean()
      .default(false)
      .describe('believes any certificate of the server; otherwise only those in <dataDir>/opcua/trusted/certs'),
    user: z.string().nullable().default(null).describe('user name; null: anonymous'),
    password: z.string().default(''),
    publishMs: z
      .number()
      .int()
      .min(50)
      .max(3_600_000)
      .default(1_000)
      .describe('how often the server tells changes, ms'),
  }),
  mqtt: z.strictObject({
    url: z
      .string()
      .regex(/^mqtts?:\/\//)
      .describe('the gateway, such as mqtt://127.0.0.1:1883'),
    user: z.string().nullable().default(null),
    password: z.string().default(''),
  }),
  group: level.describe('Sparkplug group'),
  node: level.describe('Sparkplug edge node'),
  device: level.describe('Sparkplug device that the OPC UA server is shown as'),
  metrics: z
    .array(
      z.strictObject({
        nodeId: z.string().describe('such as ns=2;s=Chiller1.SupplyTemperature'),
        name: z.string().min(1).max(200).describe('name of the metric'),
        unit: z.string().max(24).default(''),
        samplingMs: z.number().int().min(0).max(3_600_000).default(1_000),
      }),
    )
    .min(1)
    .max(5_000),
  backlog: z
    .number()
    .int()
    .min(0)
    .max(1_000_000)
    .default(10_000)
    .describe('values kept while the gateway cannot be reached, and sent as history afterwards'),
})
export type OpcuaConfig = Readonly<z.output<typeof opcuaConfigSchema>>
