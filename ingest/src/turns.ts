/** Runs pieces of work one after another, in the order in which they were given. A failure is the failure of all later ones. */
export function createTurns(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const turn = last.then(work)
    last = turn
    turn.catch(() => {})
    return turn
  }
}
