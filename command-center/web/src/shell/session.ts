import type { SessionView } from '@quartier/contracts/api'
import { createContext, useContext } from 'react'

/** Who works here, and the way out. */
export interface Here {
  readonly session: SessionView
  signOut(): void
}

export const SessionContext = createContext<Here | undefined>(undefined)

export function useHere(): Here {
  const here = useContext(SessionContext)
  if (!here) throw new Error('useHere outside of the shell')
  return here
}

export const useUser = (): SessionView['user'] => useHere().session.user
