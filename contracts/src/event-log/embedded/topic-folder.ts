import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { TopicDeclaration } from '../../topics.ts'
import { isGone } from './errors.ts'
import { Segment } from './segment.ts'
import { createSegment, type SegmentShape, syncFolder } from './segment-file.ts'

/** The files of one topic: `<log>/<topic>/<n>.db`, n growing. */
export class TopicFolder {
  readonly declaration: TopicDeclaration
  readonly path: string
  readonly shape: SegmentShape

  constructor(log: string, declaration: TopicDeclaration) {
    this.declaration = declaration
    this.path = join(log, declaration.name)
    this.shape = { partitions: declaration.partitions, compact: declaration.cleanup === 'compact' }
  }

  file(number: number): string {
    return join(this.path, `${number}.db`)
  }

  /** Numbers of the segments that exist, oldest first. */
  numbers(): number[] {
    try {
      return readdirSync(this.path)
        .flatMap((name) => (/^\d+\.db$/.test(name) ? [Number.parseInt(name, 10)] : []))
        .sort((a, b) => a - b)
    } catch (error) {
      if ((error as { code?: string }).code === 'ENOENT') return []
      throw error
    }
  }

  /** Makes segment `number`, beginning at `base`, unless it is there already. */
  create(number: number, base: readonly number[], now: number): void {
    if (number === 0) {
      mkdirSync(this.path, { recursive: true })
      syncFolder(join(this.path, '..'))
    }
    createSegment(this.file(number), this.shape, base, now)
  }

  /** Bytes on disk of one segment, its write-ahead log included. */
  bytes(number: number): number {
    return sizeOf(this.file(number)) + sizeOf(`${this.file(number)}-wal`)
  }

  walBytes(number: number): number {
    return sizeOf(`${this.file(number)}-wal`)
  }

  /** Unlinks a segment: first the name by which others would open it. */
  remove(number: number): void {
    for (const suffix of ['', '-wal', '-shm']) rmSync(this.file(number) + suffix, { force: true })
  }

  /** Removes drafts that a killed process left behind more than a minute ago. */
  sweep(): void {
    for (const name of readdirSync(this.path)) {
      const path = join(this.path, name)
      if (name.includes('.draft') && Date.now() - modifiedAt(path) > 60_000) rmSync(path, { force: true })
    }
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}

function modifiedAt(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now()
}

/** Opens a segment for writing or to look at it; `undefined` when it was unlinked meanwhile. */
export function openSegment(folder: TopicFolder, number: number): Segment | undefined {
  try {
    return new Segment(folder.file(number), number, { busyMs: 0 })
  } catch (error) {
    if (isGone(error, folder.file(number))) return undefined
    throw error
  }
}
