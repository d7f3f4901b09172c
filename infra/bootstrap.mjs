// The door to everything: `npm start`, `npm test` and `npm run quartier -- …` come through here. Runs on any Node ≥ 20,
// installs and builds what is missing, then hands over to the Node 24 that came as a dependency.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const modules = join(root, 'node_modules')
const node24 = join(modules, 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
const say = (text) => process.stderr.write(`${text}\n`)

/** What was built, from which sources: a build is repeated only when one of these changed. */
const BUILDS = [
  {
    what: 'the command centre (server)',
    sources: ['command-center/server/src', 'command-center/server/tsconfig.json', 'tsconfig.json'],
    stamp: 'command-center/server/dist/.built',
    command: [join(modules, 'typescript/bin/tsc'), '-p', 'command-center/server'],
  },
  {
    what: 'the command centre (web page)',
    sources: [
      'command-center/web/src',
      'command-center/web/index.html',
      'command-center/web/public',
      'command-center/web/vite.config.ts',
      'contracts/src/live',
      'contracts/src/records/port.ts',
    ],
    stamp: 'command-center/web/dist/.built',
    command: [join(modules, 'vite/bin/vite.js'), 'build', 'command-center/web', '--logLevel', 'warn'],
  },
]

function digest(paths) {
  const hash = createHash('sha256')
  const walk = (path) => {
    if (!existsSync(path)) return
    if (statSync(path).isDirectory()) for (const name of readdirSync(path).sort()) walk(join(path, name))
    else hash.update(path.slice(root.length)).update(readFileSync(path))
  }
  for (const path of paths) walk(join(root, path))
  return hash.digest('hex')
}

/** Runs `step` unless the stamp says that it was done for exactly these inputs. */
function once(stamp, inputs, what, step) {
  const path = join(root, stamp)
  const wanted = digest(inputs)
  if (existsSync(path) && readFileSync(path, 'utf8') === wanted) return
  const began = Date.now()
  say(`Quartier: ${what} …`)
  step()
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, wanted)
  say(`Quartier: ${what}: done in ${((Date.now() - began) / 1000).toFixed(0)} s`)
}

function must(command, args) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2] })
  if (status === 0) return
  say(`Quartier: this step failed: ${[command, ...args].join(' ')}${error ? ` (${error.message})` : ''}`)
  process.exit(1)
}

function prepare() {
  const major = Number(process.versions.node.split('.')[0])
  if (major < 20) {
    say(`Quartier needs Node 20 or newer to start; this is Node ${process.versions.node}.`)
    process.exit(1)
  }
  const npm = process.env.npm_execpath
  // Errors only: packages warn about the Node that merely installs them.
  once('node_modules/.quartier-installed', ['package-lock.json'], 'installing what is missing', () =>
    npm
      ? must(process.execPath, [npm, 'ci', '--no-audit', '--no-fund', '--loglevel=error'])
      : must('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']),
  )
  for (const build of BUILDS) {
    if (!build.sources.some((source) => existsSync(join(root, source)))) continue
    once(build.stamp, build.sources, `building ${build.what}`, () => must(node24, build.command))
  }
}

const [first, ...rest] = process.argv.slice(2)
prepare()
const entries = { '--test': [join(modules, 'vitest/vitest.mjs'), 'run', ...rest], '--node': rest }
const inRoot = first in entries
const args = entries[first] ?? [join(root, 'infra/cli/src/main.ts'), ...(first ? [first, ...rest] : ['--help'])]
const env = {
  // Compiled sources are kept, so that a service that was killed is back sooner.
  NODE_COMPILE_CACHE: join(modules, '.cache', 'node'),
  ...process.env,
  PATH: `${join(modules, 'node', 'bin')}${process.platform === 'win32' ? ';' : ':'}${process.env.PATH}`,
}
// --no-wasm-code-gc: Node takes the types out of a source with WebAssembly, and V8 13.6 now and then frees a piece of that
// code while a worker thread still runs it, which ends the process. --expose-gc: services give back what starting took.
const flags = ['--disable-warning=ExperimentalWarning', '--no-wasm-code-gc', '--expose-gc']
const child = spawn(node24, [...flags, ...args], {
  stdio: 'inherit',
  env,
  cwd: inRoot ? root : (process.env.INIT_CWD ?? process.cwd()),
})
// A terminal sends Ctrl-C to the whole group, a supervisor only to this process: pass it on either way, the child hears
// it once.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)))
