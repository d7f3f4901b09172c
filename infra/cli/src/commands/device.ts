import type { Principal } from '@quartier/contracts/records'
import { type Command, Option } from 'commander'
import { usage } from '../exit.ts'
import { type Installation, recordInAudit, withRecords } from '../installation.ts'
import { withInstallation } from '../options.ts'
import { table } from '../table.ts'

interface AddOptions extends Installation {
  readonly source?: string
  readonly kind: Principal['kind']
  readonly devices: string[]
  readonly personal: boolean
  readonly historical: boolean
}

export function add(program: Command): void {
  const device = program.command('device').description('who may speak MQTT: devices, gateways, services')
  withInstallation(device.command('add'))
    .description('let a device in; prints its secret, once')
    .argument('<name>', 'MQTT user name')
    .option('--source <name>', 'first part of its series keys; its name when absent')
    .addOption(new Option('--kind <kind>', 'what it is').choices(['device', 'gateway', 'service']).default('device'))
    .option('--devices <ids...>', 'devices that it may speak for; an id ending in * stands for all that begin so')
    .option('--personal', 'a source of personal data: cameras, plates, Wi-Fi', false)
    .option('--historical', 'may send the past: exempt from clock checks', false)
    .action(addDevice)
  withInstallation(device.command('list'))
    .description('everybody who may speak MQTT')
    .action(async (options: Installation) => {
      const principals = await withRecords(options, (records) => records.principals.list())
      table(
        principals.map((p) => ({
          name: p.name,
          kind: p.kind,
          source: p.source,
          devices: p.devices.join(' '),
          state: p.enabled ? 'enabled' : 'disabled',
        })),
      )
    })
  withInstallation(device.command('remove'))
    .description('shut a device out')
    .argument('<name>', 'MQTT user name')
    .action(async (name: string, options: Installation) => {
      await withRecords(options, async (records) => {
        if (!(await records.principals.find(name))) throw usage(`Nobody is called ${name}.`)
        await records.principals.remove(name)
      })
      await recordInAudit(options, { action: 'principals.remove', target: name, after: {} })
    })
}

async function addDevice(name: string, options: AddOptions): Promise<void> {
  const source = options.source ?? name
  const principal: Principal = {
    name,
    source,
    kind: options.kind,
    publish: ['t/%s/#', 'senml/%s/#', 'pack/%s/#'],
    subscribe: ['t/%s/d/+/cmd/#'],
    devices: options.devices ?? (options.kind === 'device' ? [name] : ['*']),
    personal: options.personal,
    historical: options.historical,
    enabled: true,
  }
  const secret = await withRecords(options, async (records) => {
    if (await records.principals.find(name)) throw usage(`${name} exists already; remove it first for a new secret.`)
    return await records.principals.put(principal)
  })
  await recordInAudit(options, { action: 'principals.put', target: name, after: principal })
  process.stdout.write(`Secret of ${name}, shown this once: ${secret}\n`)
  process.stdout.write(
    `Try it:  mosquitto_pub -u ${name} -P '${secret}' -q 1 -t t/${source}/d/${principal.devices[0]?.replace('*', 'lamp-1')}/temperature -m '{"value": 21.5}'\n`,
  )
}
