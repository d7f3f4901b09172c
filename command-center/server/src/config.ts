import { commonConfig } from '@quartier/contracts/runtime'
import { z } from 'zod'

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }) !== undefined
  } catch {
    return false
  }
}

export const serverConfig = z.object({
  ...commonConfig,
  host: z.string().default('127.0.0.1').describe('address to listen on'),
  port: z.number().int().min(0).max(65_535).default(8080).describe('TCP port of the web interface; 0 takes a free one'),
  webDir: z
    .string()
    .nullable()
    .default(null)
    .describe('folder of the built web client; null is the one beside the server'),
  timeZone: z
    .string()
    .refine(isTimeZone, 'is no IANA time zone')
    .default('Asia/Qatar')
    .describe('time zone of the control room, an IANA name; every screen shows its times'),
  basemap: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe(
      "what lies beneath the district's own drawing: the absolute path of a PMTiles file, or the URL of a MapLibre style whose tiles and fonts come from the same origin; null: nothing",
    ),
  secureCookies: z.boolean().default(false).describe('true behind TLS: cookies and transport security for HTTPS only'),
  trustedProxies: z
    .number()
    .int()
    .min(0)
    .default(0)
    .describe('reverse proxies in front, whose X-Forwarded-For names the client'),
  metricsToken: z
    .string()
    .nullable()
    .default(null)
    .describe('bearer token for /metrics from other machines; null refuses them'),
  aheadMs: z
    .number()
    .int()
    .min(0)
    .default(300_000)
    .describe('readings further ahead of the clock are not shown live, ms'),
  frameMs: z.number().int().min(50).max(5000).default(250).describe('time between two live frames, ms'),
  learnIntervalsMs: z
    .number()
    .int()
    .min(0)
    .default(60_000)
    .describe('time between two rounds that learn intervals nobody declared from the readings, ms; 0: none'),
  clientBufferBytes: z
    .number()
    .int()
    .min(65_536)
    .default(1_000_000)
    .describe('unsent bytes beyond which a slow client is skipped'),
  privacyKeyFolder: z
    .string()
    .nullable()
    .default(null)
    .describe("the gateways' folder of the keys for tokens of plates; null: secrets in the data folder"),
})
export type ServerConfig = Readonly<z.output<typeof serverConfig>>
