import { parentPort, workerData } from 'node:worker_threads'
import { answer, type WriterRequest } from './append-queue.ts'
import { LogWriter, type WriterSettings } from './writer.ts'

// The thread that waits for the disk, so that no event loop has to.
const writer = new LogWriter(workerData as WriterSettings)
writer.prepare()
parentPort?.on('message', (request: WriterRequest) => parentPort?.postMessage(answer(writer, request)))
