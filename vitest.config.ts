import { defineConfig } from 'vitest/config'

// What a test needs is told by its name: `*.test.ts` nothing, `*.contract.test.ts` an adapter; tests/e2e the platform.
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
          exclude: ['**/node_modules/**', '**/dist/**'],
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
    ],
  },
})
