import { parentPort, workerData } from 'node:worker_threads'
import { QuartierError } from '../errors.ts'
import { FileKeeper } from './file-keeper.ts'
import type { FromWorker, ToWorker, WorkerSetting } from './protocol.ts'

/**
 * The thread that writes a store's files: flushes when told, at once, also in the middle of a compaction; compaction and
 * retention in between.
 */
if (!parentPort) throw new Error('this module runs as a worker thread')
const port = parentPort
const tell = (message: FromWorker, transfer: ArrayBuffer[] = []) => port.postMessage(message, transfer)
let keeper: FileKeeper | undefined

try {
  keeper = new FileKeeper(workerData as WorkerSetting, tell)
  tell({ type: 'opened' })
} catch (error) {
  const known = error instanceof QuartierError ? error : undefined
  tell({
    type: 'failed',
    code: known?.code ?? 'STORE_UNAVAILABLE',
    message: error instanceof Error ? error.message : String(error),
    retriable: known?.retriable ?? false,
  })
  port.close()
}

port.on('message', (message: ToWorker) => {
  if (!keeper) return
  if (message.type === 'flush') keeper.flush(message)
  else if (message.type === 'tidy') void keeper.tidy(message.now)
  else void keeper.close().then(() => port.close())
})
