import { z } from 'zod'

const file = (description: string) =>
  z.string().min(1).nullable().default(null).describe(`file that holds ${description}; null: none`)

const saslSchema = z
  .strictObject({
    mechanism: z
      .enum(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'])
      .nullable()
      .default(null)
      .describe('how we sign in to the brokers; null: not at all'),
    username: z.string().default('').describe('name by which the brokers know us'),
    passwordFile: file('its password, read anew at each connection'),
  })
  .superRefine(({ mechanism, username, passwordFile }, ctx) => {
    if (mechanism === null) return
    if (username === '') ctx.addIssue({ code: 'custom', path: ['username'], message: `${mechanism} needs a name` })
    if (passwordFile === null) ctx.addIssue({ code: 'custom', path: ['passwordFile'], message: 'names no file' })
  })

const tlsSchema = z
  .strictObject({
    enabled: z.boolean().default(false).describe('speak TLS, and check who the brokers are'),
    caFile: file('the authorities we believe (PEM), in place of those of the system'),
    certFile: file('our own certificate (PEM)'),
    keyFile: file('the key of our certificate (PEM)'),
  })
  .superRefine(({ enabled, caFile, certFile, keyFile }, ctx) => {
    if (!enabled && (caFile ?? certFile ?? keyFile) !== null)
      ctx.addIssue({ code: 'custom', path: ['enabled'], message: 'is false, and files for TLS are given' })
    if ((certFile === null) !== (keyFile === null))
      ctx.addIssue({ code: 'custom', path: ['keyFile'], message: 'a certificate and its key come together' })
  })

const logSchema = z
  .strictObject({
    engine: z.enum(['embedded', 'kafka']).default('embedded').describe('what keeps the event log'),
    brokers: z.string().default('').describe('host:port of some Kafka brokers, separated by commas'),
    prefix: z
      .string()
      .regex(/^[A-Za-z0-9._-]*$/, 'may hold letters, digits, . _ and -')
      .default('')
      .describe('put before the names of topics and groups, so that installations can share brokers'),
    replication: z
      .number()
      .int()
      .min(1)
      .nullable()
      .default(null)
      .describe('copies of every record; null: three, or as many as there are brokers when a topic is made'),
    createTopics: z.boolean().default(true).describe('make topics that are missing; what exists is never changed'),
    compression: z.enum(['none', 'zstd', 'lz4', 'gzip', 'snappy']).default('none').describe('of what is appended'),
    tls: tlsSchema.prefault({}),
    sasl: saslSchema.prefault({}),
  })
  .superRefine(({ engine, brokers }, ctx) => {
    if (engine !== 'kafka') return
    const addresses = brokers.split(',').map((b) => b.trim())
    for (const address of addresses)
      if (!/^\S+:\d{1,5}$/.test(address))
        ctx.addIssue({ code: 'custom', path: ['brokers'], message: `"${address}" is no host:port` })
  })

const serverSchema = z.strictObject({
  /** Lasting: it decides which devices' readings the server holds. */
  name: z.string().min(1),
  url: z.url({ protocol: /^https?$/ }),
  org: z.string().min(1),
  tokenFile: z.string().min(1),
})

const storeSchema = z
  .strictObject({
    engine: z.enum(['embedded', 'influxdb']).default('embedded').describe('what keeps the readings'),
    servers: z
      .array(serverSchema)
      .default([])
      .describe('InfluxDB 2 servers: lasting name, url, org, tokenFile of each (docs/cluster.md)'),
    bucket: z
      .string()
      .regex(/^[^_"\s][^"]*$/, 'is no name for a bucket')
      .default('quartier')
      .describe('bucket of raw readings; -minute, -hour and -meta are put behind its name for the others'),
    copies: z.number().int().min(1).max(2).default(1).describe('on how many of the servers each reading lies'),
    expire: z
      .boolean()
      .default(true)
      .describe('InfluxDB removes what is older than ingest keeps it; false where sources are historical'),
    maxDevices: z.number().int().min(1).default(1_000_000).describe('devices that the servers have memory for'),
  })
  .superRefine(({ engine, servers, copies }, ctx) => {
    if (engine !== 'influxdb') return
    const names = new Set(servers.map((s) => s.name))
    if (servers.length === 0) ctx.addIssue({ code: 'custom', path: ['servers'], message: 'names no server' })
    else if (names.size < servers.length)
      ctx.addIssue({ code: 'custom', path: ['servers'], message: 'two servers have one name' })
    else if (copies > servers.length)
      ctx.addIssue({ code: 'custom', path: ['copies'], message: `${copies} copies need as many servers` })
  })

const recordsSchema = z
  .strictObject({
    engine: z
      .enum(['sqlite', 'postgres'])
      .default('sqlite')
      .describe('what keeps registry, people, principals and the sessions of MQTT'),
    url: z.string().default('').describe('postgres://user@host:port/database; the password has a file of its own'),
    passwordFile: file('the password'),
    caFile: file('the authorities we believe (PEM): PostgreSQL is then spoken to through TLS alone'),
    schema: z
      .string()
      .regex(/^[a-z_][a-z0-9_]{0,62}$/, 'may hold lower-case letters, digits and _')
      .nullable()
      .default(null)
      .describe('schema of the tables, made when it is missing; null: the one of the database'),
  })
  .superRefine(({ engine, url }, ctx) => {
    const wrong = engine === 'postgres' ? mistakeIn(url) : undefined
    if (wrong) ctx.addIssue({ code: 'custom', path: ['url'], message: wrong })
  })

function mistakeIn(text: string): string | undefined {
  if (!URL.canParse(text)) return 'is no address such as postgres://user@host:5432/database'
  const { protocol, hostname, username, password, pathname, search } = new URL(text)
  if (!/^postgres(ql)?:$/.test(protocol)) return `begins with ${protocol} instead of postgres:`
  if (password !== '') return 'holds a password, which belongs into a file (passwordFile)'
  if (hostname === '' || username === '' || pathname.length < 2) return 'names no host, user or database'
  return search === '' ? undefined : `has ${search} behind it, which is not understood`
}

/** Which engines keep the log, the readings and the records of an installation: the section `engines`, for all services. */
export const enginesConfig = z.object({
  log: logSchema.prefault({}),
  store: storeSchema.prefault({}),
  records: recordsSchema.prefault({}),
})

export type EnginesConfig = Readonly<z.output<typeof enginesConfig>>
