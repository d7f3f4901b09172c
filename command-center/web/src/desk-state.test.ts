import { describe, expect, it } from 'vitest'
import { readSelection, type Selection, writeSelection } from './desk-state.ts'

describe('the selection in the address', () => {
  it('comes back as it was written, whatever the key contains', () => {
    const selections: Selection[] = [
      { type: 'series', key: 'naseem/b-041/ets 1/supply&temp=1' },
      { type: 'asset', id: 'b-041-ets-1' },
      undefined,
    ]
    for (const selection of selections) expect(readSelection(writeSelection(selection))).toEqual(selection)
  })

  it('is nothing when the address is foreign', () => {
    expect(readSelection('#elsewhere')).toBeUndefined()
  })
})
