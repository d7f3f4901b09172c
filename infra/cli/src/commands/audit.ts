import { AUDIT_CHAIN, verifyAudit } from '@quartier/contracts/audit'
import type { Command } from 'commander'
import { EXIT } from '../exit.ts'
import { withLog, withRecords } from '../installation.ts'
import { dataOption } from '../options.ts'
import { createProgress } from '../progress.ts'

export function add(program: Command): void {
  const audit = program.command('audit').description('the record of who did what')
  audit
    .command('verify')
    .description('check the hash chain of the whole audit log; names the first altered record')
    .addOption(dataOption())
    .action(async (options: { data: string }) => {
      const progress = createProgress('Verifying')
      const verdict = await withRecords(options.data, async (records) =>
        withLog(options.data, async (log) =>
          verifyAudit(log, {
            head: await records.chains.head(AUDIT_CHAIN),
            onProgress: (share) => progress.update(share),
          }),
        ),
      )
      progress.done()
      if (verdict.ok) {
        process.stdout.write(`The audit log is whole: ${verdict.records.toLocaleString('en')} records, none altered.\n`)
        return
      }
      process.stdout.write(
        `The audit log is broken at record ${verdict.fault?.sequence}: ${verdict.fault?.kind}, ${verdict.fault?.detail}\n`,
      )
      process.exitCode = EXIT.differences
    })
}
