import { Command } from 'commander'
import { addAudit } from './commands/audit.ts'
import { addBench } from './commands/bench.ts'
import { addExport } from './commands/export.ts'
import { addImport } from './commands/import.ts'
import { addLedger } from './commands/ledger.ts'
import { addQuery } from './commands/query.ts'
import { addReplay } from './commands/replay.ts'
import { addSimulate } from './commands/simulate.ts'
import { addUp } from './commands/up.ts'
import { EXIT, fail } from './exit.ts'

const program = new Command('quartier')
  .description('The open smart-district platform: takes in what a district says, loses none of it, shows it live.')
  .version('0.1.0')
  .showHelpAfterError('(quartier --help shows what there is)')
  .exitOverride()

for (const add of [addUp, addSimulate, addReplay, addImport, addExport, addQuery, addLedger, addAudit, addBench])
  add(program)

program.addHelpText(
  'after',
  `
Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not reachable or in use, 4 a check found differences.`,
)

try {
  await program.parseAsync()
} catch (error) {
  const code = (error as { code?: string }).code ?? ''
  if (code.startsWith('commander.')) process.exit((error as { exitCode: number }).exitCode === 0 ? 0 : EXIT.usage)
  fail(error)
}
