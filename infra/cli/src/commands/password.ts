import { generatePassword } from '@quartier/server/first-administrator'
import type { Command } from 'commander'
import { usage } from '../exit.ts'
import { type Installation, recordInAudit, withRecords } from '../installation.ts'
import { withInstallation } from '../options.ts'

export function add(program: Command): void {
  withInstallation(program.command('password'))
    .description('give somebody a new, generated password, such as an administrator who has lost theirs')
    .argument('[name]', 'who', 'admin')
    .action(async (name: string, options: Installation) => {
      const password = generatePassword()
      await withRecords(options, async (records) => {
        const user = (await records.users.list()).find((u) => u.name === name)
        if (!user) throw usage(`There is nobody called ${name}.`)
        await records.users.put(user, password)
      })
      await recordInAudit(options, { action: 'people.password', target: name, after: {} })
      process.stdout.write(`New password of ${name}: ${password}\n`)
    })
}
