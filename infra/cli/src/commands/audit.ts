import { AUDIT_CHAIN, verifyAudit } from '@quartier/contracts/audit'
import type { Command } from 'commander'
import { EXIT } from '../exit.ts'
import { type Installation, withLog, withRecords } from '../installation.ts'
import { withInstallation } from '../options.ts'
import { createProgress } from '../progress.ts'

export function add(program: Command): void {
  const audit = program.command('audit').description('the record of who did what')
  withInstallation(audit.command('verify'))
    .description('check the hash chain of the whole audit log; names the first altered record')
    .action(async (options: Installation) => {
      const progress = createProgress('Verifying')
      const verdict = await withRecords(options, async (records) =>
        withLog(options, async (log) =>
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
