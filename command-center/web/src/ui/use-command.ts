import { useRef, useState } from 'react'
import { useWords } from '../i18n/translate.ts'
import { errorWords } from './error-words.ts'

/** Commands of one part of the screen, one after the other, and why the last one failed. */
export interface Commands {
  readonly busy: boolean
  readonly problem: string
  /** One key for every try of one command, so that it happens once. */
  run(name: string, act: (key: string) => Promise<void>): Promise<void>
}

export function useCommand(): Commands {
  const { t } = useWords()
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState('')
  const keys = useRef(new Map<string, string>())
  const run = async (name: string, act: (key: string) => Promise<void>) => {
    const key = keys.current.get(name) ?? crypto.randomUUID()
    keys.current.set(name, key)
    setBusy(true)
    setProblem('')
    try {
      await act(key)
      keys.current.delete(name)
    } catch (error) {
      setProblem(errorWords(error as Error, t) || t('state.panelFailed'))
    }
    setBusy(false)
  }
  return { busy, problem, run }
}
