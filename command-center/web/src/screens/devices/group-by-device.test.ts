import { expect, it } from 'vitest'
import { groupByDevice } from './group-by-device.ts'

it('gathers the series of each device, whatever its name holds, the largest first', () => {
  const keys = ['a/lamp/power', 'a/hall/3/t', 'a/hall/3/rh', 'b/lamp/power']
  expect(groupByDevice(keys)).toEqual([
    { id: 'a/hall/3', keys: ['a/hall/3/t', 'a/hall/3/rh'], properties: ['t', 'rh'] },
    { id: 'a/lamp', keys: ['a/lamp/power'], properties: ['power'] },
    { id: 'b/lamp', keys: ['b/lamp/power'], properties: ['power'] },
  ])
  expect(groupByDevice([])).toEqual([])
})
