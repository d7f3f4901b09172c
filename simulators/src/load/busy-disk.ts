import { randomFillSync } from 'node:crypto'
import { type FileHandle, open, rm } from 'node:fs/promises'
import { join } from 'node:path'

/** Somebody else's program on the platform's disk: writes and makes durable what it is told to, in a file of its own. */
export interface BusyDisk {
  /** MB to write in each second from now on. */
  load(mbPerSecond: number): void
  close(): Promise<void>
}

const PIECE_MB = 4
const MOST_MB = 256

export function createBusyDisk(folder: string): BusyDisk {
  const path = join(folder, `quartier-busy-disk-${process.pid}`)
  const piece = randomFillSync(Buffer.alloc(PIECE_MB * 1_000_000))
  let rate = 0
  let file: FileHandle | undefined
  let working: Promise<void> | undefined
  const work = async () => {
    file ??= await open(path, 'w')
    for (let place = 0; rate > 0; place = (place + PIECE_MB) % MOST_MB) {
      const began = performance.now()
      await file.write(piece, 0, piece.length, place * 1_000_000)
      await file.datasync()
      const rest = (PIECE_MB / rate) * 1_000 - (performance.now() - began)
      if (rest > 0 && rate > 0) await new Promise((resolve) => setTimeout(resolve, rest))
    }
  }
  return {
    load: (mbPerSecond) => {
      const idle = rate === 0
      rate = mbPerSecond
      if (rate > 0 && idle)
        working = (working ?? Promise.resolve()).then(work).catch(() => {
          rate = 0 // a full disk is slow enough
        })
    },
    close: async () => {
      rate = 0
      await working
      await file?.close()
      await rm(path, { force: true })
    },
  }
}
