import { generatePassword } from '@quartier/server/first-administrator'
import type { Command } from 'commander'
import { usage } from '../exit.ts'
import { recordInAudit, withRecords } from '../installation.ts'
import { dataOption } from '../options.ts'

export function add(program: Command): void {
  program
    .command('password')
    .description('give somebody a new, generated password, such as an administrator who has lost theirs')
    .argument('[name]', 'who', 'admin')
    .addOption(dataOption())
    .action(async (name: string, options: { data: string }) => {
      const password = generatePassword()
      await withRecords(options.data, async (records) => {
        const user = (await records.users.list()).find((u) => u.name === name)
        if (!user) throw usage(`There is nobody called ${name}.`)
        await records.users.put(user, password)
      })
      await recordInAudit(options.data, { action: 'people.password', target: name, after: {} })
      process.stdout.write(`New password of ${name}: ${password}\n`)
    })
}
