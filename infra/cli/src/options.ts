import { type Command, InvalidArgumentError, Option } from 'commander'

export const DATA_DEFAULT = '.quartier'
export const MQTT_PORT = 1883
export const HTTP_PORT = 8080

export const dataOption = () =>
  new Option('--data <folder>', 'folder that holds everything the installation stores').default(DATA_DEFAULT)

export const configOption = () =>
  new Option(
    '--config <file>',
    'configuration file (YAML or JSON): a section per service, and one for the engines',
  ).env('QUARTIER_CONFIG')

/** Which installation a command is about. */
export const withInstallation = (command: Command): Command => command.addOption(dataOption()).addOption(configOption())

/** A whole number in a range, with a message that names both. */
export function whole(min: number, max: number): (text: string) => number {
  return (text) => {
    const n = Number(text)
    if (!Number.isInteger(n) || n < min || n > max)
      throw new InvalidArgumentError(`expected a whole number from ${min} to ${max}.`)
    return n
  }
}

export function decimal(min: number, max: number): (text: string) => number {
  return (text) => {
    const n = Number(text)
    if (!Number.isFinite(n) || n < min || n > max)
      throw new InvalidArgumentError(`expected a number from ${min} to ${max}.`)
    return n
  }
}

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** A duration such as `30s`, `5m`, `24h`, `7d`, in milliseconds. */
export function durationMs(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(s|m|h|d)$/.exec(text)
  if (!match) throw new InvalidArgumentError('expected a duration such as 30s, 5m, 24h or 7d.')
  return Number(match[1]) * (UNITS[match[2] as string] as number)
}

/** An instant as people write it; what is relative waits for the installation's clock. */
export type Instant = (now: number) => number

/** ISO 8601, epoch milliseconds, `now`, or a duration before now such as `-24h`. */
export function instant(text: string): Instant {
  if (text === 'now') return (now) => now
  if (/^-\d/.test(text)) {
    const before = durationMs(text.slice(1))
    return (now) => now - before
  }
  const at = /^\d{12,}$/.test(text) ? Number(text) : Date.parse(text)
  if (Number.isNaN(at))
    throw new InvalidArgumentError(
      'expected an instant: ISO 8601, epoch ms, now, or a duration before now such as -24h.',
    )
  return () => at
}
