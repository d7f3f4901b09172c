import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

/** Ingest as a process of its own that can be killed; resolves when it is ready. */
export async function startIngest(overrides: object): Promise<ChildProcess> {
  const child = spawn(process.execPath, [...process.execArgv, join(import.meta.dirname, '..', 'main.ts')], {
    env: { ...process.env, QUARTIER_LAUNCH: JSON.stringify({ overrides }) },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const [message] = (await once(child, 'message')) as [{ type: string; message?: string }]
  if (message.type !== 'ready') throw new Error(message.message)
  return child
}
