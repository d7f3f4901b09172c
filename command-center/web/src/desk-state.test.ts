import { describe, expect, it } from 'vitest'
import { type DeskView, NO_FILTER, readDesk, type Selection, writeDesk } from './desk-state.ts'

const view = (part: Partial<DeskView> = {}): DeskView => ({
  selection: undefined,
  camera: undefined,
  off: [],
  filter: NO_FILTER,
  circle: undefined,
  table: false,
  ...part,
})

describe('the view in the address', () => {
  it('restores the selection as it was written, whatever the key contains', () => {
    const selections: Selection[] = [
      { type: 'series', key: 'naseem/b-041/ets 1/supply&temp=1,2' },
      { type: 'asset', id: 'b-041-ets-1' },
      undefined,
    ]
    for (const selection of selections) expect(readDesk(writeDesk(view({ selection }))).selection).toEqual(selection)
  })

  it('restores position, layers, filters, circle and table', () => {
    const whole = view({
      selection: { type: 'asset', id: 'a-1' },
      camera: { zoom: 17.25, latitude: 25.2867, longitude: 51.526, bearing: -30 },
      off: ['mobility', 'a,b c/d'],
      filter: { states: ['silent', 'out-of-range'], zones: ['z-1'], kinds: ['lift'], properties: ['count.person'] },
      circle: { latitude: 25.2867, longitude: 51.526, radiusM: 150 },
      table: true,
    })
    expect(readDesk(writeDesk(whole))).toEqual(whole)
  })

  it('is readable, and empty for the view that everybody begins with', () => {
    expect(writeDesk(view())).toBe('')
    const camera = { zoom: 16, latitude: 25.28, longitude: 51.52, bearing: 0.2 }
    expect(writeDesk(view({ camera }))).toBe('#at=16.00/25.280000/51.520000')
  })

  it('leaves out what is foreign or broken', () => {
    expect(readDesk('#elsewhere')).toEqual(view())
    expect(readDesk('#at=17/abc/51&circle=1/2&state=sad,silent&zone=,,')).toEqual(
      view({ filter: { ...NO_FILTER, states: ['silent'] } }),
    )
    expect(readDesk('#at=17/91/51')).toEqual(view())
  })
})
