import { defineConfig } from 'vitest/config'

// What a test needs is told by its name: `*.test.ts` nothing, `*.contract.test.ts` an adapter, `*.cluster.test.ts` real
// servers (`npm run test:cluster` starts them); tests/e2e the platform.
/** As infra/bootstrap.mjs starts the platform. */
const execArgv = ['--disable-warning=ExperimentalWarning', '--no-wasm-code-gc', '--expose-gc']

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          execArgv,
          setupFiles: ['tests/property-seed.ts'],
          include: [
            '*/src/**/*.test.{ts,tsx}',
            '{command-center,gateway}/*/src/**/*.test.{ts,tsx}',
            'infra/*/src/**/*.test.ts',
            'tests/*.test.ts',
          ],
          exclude: ['**/node_modules/**', '**/dist/**', '**/*.cluster.test.ts'],
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'e2e',
          execArgv,
          include: ['tests/e2e/**/*.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'cluster',
          execArgv,
          setupFiles: ['tests/property-seed.ts'],
          include: [
            '*/src/**/*.cluster.test.ts',
            'command-center/*/src/**/*.cluster.test.ts',
            'infra/cluster/**/*.cluster.test.ts',
            'tests/**/*.cluster.test.ts',
          ],
          exclude: ['**/node_modules/**', '**/dist/**'],
          testTimeout: 120_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
    ],
  },
})
