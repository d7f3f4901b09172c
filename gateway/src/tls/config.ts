import { z } from 'zod'

const file = (description: string) =>
  z.string().min(1).nullable().default(null).describe(`file that holds ${description}`)

/** MQTT through TLS, beside the plain listener. */
export const tlsConfigSchema = z
  .strictObject({
    port: z
      .number()
      .int()
      .min(0)
      .max(65_535)
      .nullable()
      .default(null)
      .describe('port of MQTT through TLS, by custom 8883; 0 takes a free one; null: none'),
    host: z.string().default('0.0.0.0').describe('address that the TLS listener binds'),
    names: z
      .array(z.string().min(1))
      .default([])
      .describe('names and addresses by which clients reach the gateway, for the certificate that it makes itself'),
    certFile: file(
      "the gateway's certificate and those between it and its authority (PEM); null: the built-in authority signs one",
    ),
    keyFile: file('the key of that certificate (PEM)'),
    clientCaFile: file("authorities whose device certificates are believed beside the built-in one's (PEM)"),
    clientCrlFile: file('lists of certificates that those authorities have revoked (PEM)'),
    trustNames: z
      .boolean()
      .default(false)
      .describe('a certificate of clientCaFile stands for the principal of its common name'),
    clients: z
      .enum(['any', 'certificate'])
      .default('any')
      .describe('who gets in through TLS: all who can prove who they are, or only those with a certificate'),
    minVersion: z.enum(['TLSv1.2', 'TLSv1.3']).default('TLSv1.2').describe('oldest version of TLS'),
    handshakesPerSecond: z
      .number()
      .int()
      .min(1)
      .default(500)
      .describe('TLS connections begun per second; more wait their turn, address by address'),
    resumeS: z
      .number()
      .int()
      .min(0)
      .max(604_800)
      .default(86_400)
      .describe('how long after a handshake a client may skip most of the next one, s'),
  })
  .superRefine(({ certFile, keyFile, trustNames, clientCaFile, clientCrlFile }, ctx) => {
    const wrong = (path: string, message: string) => ctx.addIssue({ code: 'custom', path: [path], message })
    if ((certFile === null) !== (keyFile === null)) wrong('keyFile', 'a certificate and its key come together')
    if (trustNames && clientCaFile === null) wrong('trustNames', 'needs clientCaFile')
    if (clientCrlFile !== null && clientCaFile === null) wrong('clientCrlFile', 'needs clientCaFile')
  })

export type TlsConfig = Readonly<z.output<typeof tlsConfigSchema>>
