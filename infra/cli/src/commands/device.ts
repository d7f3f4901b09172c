import { createReadStream, existsSync } from 'node:fs'
import { type Authority, openAuthority } from '@quartier/contracts/authority'
import {
  CREDENTIAL_KINDS,
  type CredentialKind,
  type DeviceRequest,
  FORMAT_NAMES,
  type Format,
  type HandedOut,
  type Issuer,
  letIn,
  mistakeInFilters,
  mistakeInName,
  principalFrom,
  readDeviceRequests,
  rotate,
} from '@quartier/contracts/devices'
import type { Principal, Records } from '@quartier/contracts/records'
import { type Command, Option } from 'commander'
import { writeCertificate, writeCredentials } from '../device-files.ts'
import { day, listDevices, showLog } from '../device-lists.ts'
import { usage } from '../exit.ts'
import { type Installation, paths, recordInAudit, withRecords } from '../installation.ts'
import { whole, withInstallation } from '../options.ts'
import { count } from '../table.ts'
import { addQuarantine } from './quarantine.ts'

interface Rights {
  readonly devices?: string[]
  readonly publish?: string[]
  readonly subscribe?: string[]
}

interface Making {
  readonly credential?: CredentialKind
  readonly days: number
  readonly out?: string
}

interface AddOptions extends Installation, Rights, Making {
  readonly from?: string
  readonly source?: string
  readonly kind: Principal['kind']
  readonly format?: Format
  readonly personal: boolean
  readonly historical: boolean
}

const DAY_MS = 86_400_000

export function add(program: Command): void {
  const device = program.command('device').description('who may speak MQTT: devices, gateways, services')
  const rights = (command: Command) =>
    command
      .option('--devices <ids...>', 'devices that it may speak for; an id ending in * stands for all that begin so')
      .option('--publish <filters...>', 'MQTT topics it may publish to; %s is its source, %p its name')
      .option('--subscribe <filters...>', 'MQTT topics it may read')
  const making = (command: Command) =>
    command
      .addOption(new Option('--credential <kind>', 'how it proves who it is').choices([...CREDENTIAL_KINDS]))
      .option('--days <n>', 'how long a certificate or token holds', whole(1, 3_650), 365)
      .option('--out <path>', 'folder for a certificate and its key; with --from, the file of all credentials')

  making(rights(withInstallation(device.command('add'))))
    .description('let a device in, or all of a list; hands out what it needs to get in, once')
    .argument('[name]', 'MQTT user name')
    .option('--from <file>', 'a CSV file with one device a line (columns: docs/sources/devices.md)')
    .option('--source <name>', 'first part of its series keys; its name when absent')
    .addOption(new Option('--kind <kind>', 'what it is').choices(['device', 'gateway', 'service']).default('device'))
    .addOption(new Option('--format <name>', 'what it speaks, which decides its topics').choices(FORMAT_NAMES))
    .option('--personal', 'a source of personal data: cameras, plates, Wi-Fi', false)
    .option('--historical', 'may send the past: exempt from clock checks', false)
    .action((name: string | undefined, options: AddOptions) =>
      options.from ? addAll(options.from, options) : addOne(name, options),
    )
  withInstallation(device.command('list'))
    .description('everybody who may speak MQTT')
    .option('--json', 'one JSON object a line', false)
    .action(listDevices)
  rights(withInstallation(device.command('change')))
    .description('change what a device may do; it holds for its open connections at once')
    .argument('<name>', 'MQTT user name')
    .addOption(new Option('--enable', 'let it in again').conflicts('disable'))
    .option('--disable', 'let it in no more, and end its connections')
    .action(change)
  making(withInstallation(device.command('rotate')))
    .description('give a device new credentials; the old ones are worth nothing from then on')
    .argument('<name>', 'MQTT user name')
    .option('--keep-old', 'old certificates and tokens hold until `device revoke --old`', false)
    .action(rotateOne)
  withInstallation(device.command('revoke'))
    .description('take away all credentials of a device and end its connections; `device rotate` gives it others')
    .argument('<name>', 'MQTT user name')
    .option('--reason <text>', 'why, for the device log', '')
    .option('--old', 'all but the newest certificate or token', false)
    .action(revoke)
  withInstallation(device.command('remove'))
    .description('shut a device out, and forget it')
    .argument('<name>', 'MQTT user name')
    .action(remove)
  withInstallation(device.command('log'))
    .description('who knocked, who was refused and why, whose connection was closed; newest first')
    .argument('[name]', 'only what concerns this device')
    .option('--event <word>', 'only events of this kind, such as certificate-revoked')
    .option('--limit <n>', 'at most this many', whole(1, 1_000), 50)
    .option('--json', 'one JSON object a line', false)
    .action(showLog)
  addQuarantine(device)
  withInstallation(device.command('authority'))
    .description('the certificate of the built-in authority, by which devices know the gateway (PEM)')
    .action((options: Installation) => {
      process.stdout.write(authorityOf(options).certificate)
    })
}

async function addOne(name: string | undefined, options: AddOptions): Promise<void> {
  if (name === undefined) throw usage('Say who is to be let in: a name, or --from with a list.')
  const wrong = mistakeInName(name) ?? mistakeInFilters(options)
  if (wrong) throw usage(wrong)
  const { credential = 'password', kind, format, source, devices, publish, subscribe, personal, historical } = options
  const request: DeviceRequest = {
    name,
    credential,
    kind,
    format,
    source,
    devices,
    publish,
    subscribe,
    personal,
    historical,
  }
  const [out] = await withRecords(options, (records) => letIn(issuer(records, options), [request]))
  const principal = principalFrom(request)
  await recordInAudit(options, { action: 'principals.put', target: name, after: { ...principal, credential } })
  handOut(out as HandedOut, principal, options)
}

async function addAll(file: string, options: AddOptions): Promise<void> {
  const { out = file.replace(/(\.csv)?$/i, '.credentials.json'), credential = 'password', kind } = options
  if (existsSync(out))
    throw usage(`${out} is there already, and may be the only copy of what it holds; name another with --out.`)
  const requests = await readDeviceRequests(createReadStream(file), { credential, kind })
  const made = await withRecords(options, (records) => letIn(issuer(records, options), requests))
  writeCredentials(out, made, existsSync(paths(options.data).tls) ? authorityOf(options).certificate : undefined)
  await recordInAudit(options, {
    action: 'principals.import',
    target: file,
    after: { devices: requests.map((r) => r.name) },
  })
  process.stdout.write(
    `${count(made.length, 'device')} let in. Their credentials stand in ${out}, which only you can read: hand it to their vendor, then delete it.\n`,
  )
}

async function change(
  name: string,
  options: Installation & Rights & { enable?: boolean; disable?: boolean },
): Promise<void> {
  const { devices, publish, subscribe, enable, disable } = options
  const wrong = mistakeInFilters({ publish, subscribe })
  if (wrong) throw usage(wrong)
  const after = await withRecords(options, async ({ principals }) => {
    const before = await principals.find(name)
    if (!before) throw usage(`Nobody is called ${name}.`)
    const changed: Principal = {
      ...before,
      devices: devices ?? before.devices,
      publish: publish ?? before.publish,
      subscribe: subscribe ?? before.subscribe,
      enabled: enable ? true : disable ? false : before.enabled,
    }
    await principals.update(changed)
    return changed
  })
  await recordInAudit(options, { action: 'principals.update', target: name, after })
}

async function rotateOne(name: string, options: Installation & Making & { keepOld: boolean }): Promise<void> {
  const { out, principal } = await withRecords(options, async (records) => {
    const principal = await records.principals.find(name)
    if (!principal) throw usage(`Nobody is called ${name}.`)
    return { principal, out: await rotate(issuer(records, options), name, options) }
  })
  await recordInAudit(options, {
    action: 'principals.rotate',
    target: name,
    after: { credential: out.credential, keepOld: options.keepOld },
  })
  handOut(out, principal, options)
}

async function revoke(name: string, options: Installation & { reason: string; old: boolean }): Promise<void> {
  const { reason, old } = options
  await withRecords(options, async ({ principals }) => {
    if (!(await principals.find(name))) throw usage(`Nobody is called ${name}.`)
    const good = (await principals.credentials(name)).filter((c) => c.revokedAt === null)
    const newest = good[0]
    if (old && !newest) throw usage(`${name} has no certificate or token.`)
    const why = { at: Date.now(), reason: reason || (old ? 'replaced' : '') }
    const n = await principals.revoke(name, old && newest ? { ...why, except: [newest.id] } : { ...why, reset: true })
    process.stdout.write(
      `${name}: ${old ? '' : 'its password and '}${count(n, 'certificate or token', 'certificates and tokens')} revoked; connections by them end within a second.\n`,
    )
  })
  await recordInAudit(options, { action: 'principals.revoke', target: name, after: { reason, old } })
}

async function remove(name: string, options: Installation): Promise<void> {
  await withRecords(options, async (records) => {
    if (!(await records.principals.find(name))) throw usage(`Nobody is called ${name}.`)
    await records.principals.remove(name)
  })
  await recordInAudit(options, { action: 'principals.remove', target: name, after: {} })
}

const issuer = (records: Records, options: Installation & { days: number }): Issuer => ({
  principals: records.principals,
  authority: () => authorityOf(options),
  now: Date.now(),
  validMs: options.days * DAY_MS,
})

const authorityOf = ({ data }: Installation): Authority => openAuthority(paths(data).tls, Date.now())

/** Says what a device needs, once, and how to try it. */
function handOut(out: HandedOut, principal: Principal, options: Installation & Making): void {
  const { name } = out
  const spoken = principal.devices[0]?.replace('*', 'lamp-1')
  const message = `-q 1 -t t/${principal.source}/d/${spoken}/temperature -m '{"value": 21.5}'`
  const say = (text: string) => process.stdout.write(text)
  if (out.credential === 'certificate') {
    const files = writeCertificate(options.out ?? name, out, authorityOf(options).certificate)
    say(
      `Certificate of ${name}, valid until ${day(out.expiresAt ?? 0)}, and its key: ${files.certificate}, ${files.key}\n`,
    )
    say(
      `Try it:  mosquitto_pub -h localhost -p 8883 --cafile ${files.authority} --cert ${files.certificate} --key ${files.key} ${message}\n`,
    )
    return
  }
  const what =
    out.credential === 'token' ? `Token of ${name}, valid until ${day(out.expiresAt ?? 0)}` : `Secret of ${name}`
  say(`${what}, shown this once: ${out.secret}\n`)
  say(`Try it:  mosquitto_pub -u ${name} -P '${out.secret}' ${message}\n`)
}
