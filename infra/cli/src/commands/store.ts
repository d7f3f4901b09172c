import { extendStore } from '@quartier/contracts/engines'
import type { Command } from 'commander'
import { enginesOf, type Installation, recordInAudit } from '../installation.ts'
import { withInstallation } from '../options.ts'

export function add(program: Command): void {
  const store = program.command('store').description('the servers that keep the readings')
  withInstallation(store.command('extend'))
    .description('spread the store over the servers that the configuration names, those that it lies on and new ones')
    .action(async (options: Installation) => {
      const engines = enginesOf(options)
      await extendStore(engines)
      const servers = engines.store.servers.map((s) => s.name)
      await recordInAudit(options, { action: 'store.extend', target: servers.join(' '), after: engines.store })
      process.stdout.write(`The store may lie on ${servers.join(', ')}. Restart ingest: what comes then goes there.\n`)
    })
}
