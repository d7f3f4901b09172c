import { fileURLToPath } from 'node:url'

export type ServiceName = 'ingest' | 'gateway' | 'command-center' | 'simulators'

/** Entry point of every service. They are started in this order and stopped in the opposite one. */
export const SERVICES: Readonly<Record<ServiceName, string>> = {
  ingest: entry('../../../ingest/src/main.ts'),
  gateway: entry('../../../gateway/src/main.ts'),
  'command-center': entry('../../../command-center/server/dist/main.js'),
  simulators: entry('../../../simulators/src/main.ts'),
}

function entry(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url))
}
