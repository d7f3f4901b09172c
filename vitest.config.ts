import { defineConfig } from 'vitest/config'

// What a test needs is told by its name: `*.test.ts` nothing, `*.contract.test.ts` an adapter, `*.cluster.test.ts` real
// servers (`npm run test:cluster` starts them); tests/e2e the platform.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: [
            '*/src/**/*.test.{ts,tsx}',
            'command-center/*/src/**/*.test.{ts,tsx}',
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
          include: ['tests/e2e/**/*.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'cluster',
          include: ['*/src/**/*.cluster.test.ts', 'infra/cluster/**/*.cluster.test.ts', 'tests/**/*.cluster.test.ts'],
          exclude: ['**/node_modules/**', '**/dist/**'],
          testTimeout: 120_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
    ],
  },
})
