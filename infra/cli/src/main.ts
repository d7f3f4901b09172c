import { Command } from 'commander'
import { EXIT, fail } from './exit.ts'

/** Each command's module loads only when it is wanted: `query` starts without the simulator, `up` without DuckDB. */
const COMMANDS: Readonly<Record<string, () => Promise<{ add(program: Command): void }>>> = {
  up: () => import('./commands/up.ts'),
  simulate: () => import('./commands/simulate.ts'),
  certify: () => import('./commands/certify.ts'),
  replay: () => import('./commands/replay.ts'),
  import: () => import('./commands/import.ts'),
  export: () => import('./commands/export.ts'),
  query: () => import('./commands/query.ts'),
  ledger: () => import('./commands/ledger.ts'),
  letters: () => import('./commands/letters.ts'),
  audit: () => import('./commands/audit.ts'),
  device: () => import('./commands/device.ts'),
  password: () => import('./commands/password.ts'),
  store: () => import('./commands/store.ts'),
  bench: () => import('./commands/bench.ts'),
}

const program = new Command('quartier')
  .description('The open smart-district platform: takes in what a district says, loses none of it, shows it live.')
  .version('0.1.0')
  .showHelpAfterError('(quartier --help shows what there is)')
  .exitOverride()
  .addHelpText(
    'after',
    '\nExit codes: 0 done, 1 failed, 2 wrong usage, 3 not reachable or in use, 4 a check found differences.',
  )

const wanted = COMMANDS[process.argv[2] ?? '']
try {
  for (const load of wanted ? [wanted] : Object.values(COMMANDS)) {
    const { add } = await load()
    add(program)
  }
  await program.parseAsync()
} catch (error) {
  const code = (error as { code?: string }).code ?? ''
  if (code.startsWith('commander.')) process.exit((error as { exitCode: number }).exitCode === 0 ? 0 : EXIT.usage)
  fail(error)
}
