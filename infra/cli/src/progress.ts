/**
 * One line of progress on standard error, for work that lasts longer than two seconds. On a terminal the line is
 * redrawn; elsewhere a line is written every tenth.
 */
export interface Progress {
  /** @param share  0..1 */
  update(share: number, note?: string): void
  done(note?: string): void
}

const SHOW_AFTER_MS = 2_000
const REDRAW_MS = 200
const WIDTH = 24

export function createProgress(what: string, now: () => number = Date.now): Progress {
  const startedAt = now()
  const terminal = process.stderr.isTTY === true
  let drawnAt = 0
  let tenth = 0
  let shown = false

  const draw = (share: number, note: string) => {
    const full = Math.round(share * WIDTH)
    const elapsed = (now() - startedAt) / 1000
    const left = share > 0.01 ? `, ${duration((elapsed / share) * (1 - share))} left` : ''
    return `${what} [${'#'.repeat(full)}${'.'.repeat(WIDTH - full)}] ${(share * 100).toFixed(0).padStart(3)} %${left}${note ? `, ${note}` : ''}`
  }
  return {
    update(share, note = '') {
      const t = now()
      if (t - startedAt < SHOW_AFTER_MS) return
      if (terminal) {
        if (t - drawnAt < REDRAW_MS) return
        drawnAt = t
        process.stderr.write(`\r\x1b[2K${draw(share, note)}`)
      } else if (Math.floor(share * 10) > tenth) {
        tenth = Math.floor(share * 10)
        process.stderr.write(`${draw(share, note)}\n`)
      }
      shown = true
    },
    done(note = '') {
      if (!shown && !note) return
      const line = `${what}: done in ${duration((now() - startedAt) / 1000)}${note ? `, ${note}` : ''}`
      process.stderr.write(terminal && shown ? `\r\x1b[2K${line}\n` : `${line}\n`)
    },
  }
}

/** Seconds in words: `4 s`, `3 min 20 s`, `2 h 5 min`. */
export function duration(seconds: number): string {
  const s = Math.max(0, Math.round(seconds))
  if (s < 60) return `${s} s`
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`
  return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`
}
