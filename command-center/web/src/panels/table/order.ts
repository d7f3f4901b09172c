import { NORMAL, type Situation } from '../../live/situation.ts'

/** The series in the order of the attention list: the most pressing state first, then by key. */
export function attentionOrder(situation: Situation, series: readonly number[]): number[] {
  const rank = (at: number) => (situation.state[at] === NORMAL ? 9 : situation.state[at]!)
  const key = (at: number) => situation.data.series[at]!.key
  return [...series].sort((a, b) => rank(a) - rank(b) || (key(a) < key(b) ? -1 : 1))
}
