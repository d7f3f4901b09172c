import { verifyAudit } from '@quartier/contracts/audit'
import type { Command } from 'commander'
import { EXIT } from '../exit.ts'
import { withLog } from '../installation.ts'
import { dataOption } from '../options.ts'

export function addAudit(program: Command): void {
  const audit = program.command('audit').description('the record of who did what')
  audit
    .command('verify')
    .description('check the hash chain of the whole audit log; names the first altered record')
    .addOption(dataOption())
    .action(async (options: { data: string }) => {
      const verdict = await withLog(options.data, verifyAudit)
      if (verdict.ok) {
        process.stdout.write(`The audit log is whole: ${verdict.records.toLocaleString('en')} records, none altered.\n`)
        return
      }
      process.stdout.write(`The audit log is broken at record ${verdict.at}: ${verdict.reason}\n`)
      process.exitCode = EXIT.differences
    })
}
