import { expect, it } from 'vitest'
import { removeView, savedViews, saveView } from './saved-views.ts'

function storageOf(text: string | null = null) {
  let kept = text
  return {
    getItem: () => kept,
    setItem: (_: string, value: string) => {
      kept = value
    },
  }
}

it('keeps a view without what was selected in it, and one of each name', () => {
  const storage = storageOf()
  saveView('north', '#asset=a-1&at=17.00/25.000000/51.000000', storage)
  saveView('east', '#at=16.00/25.000000/51.100000&off=water', storage)
  saveView('north', '#at=18.00/25.000000/51.000000', storage)
  expect(savedViews(storage)).toEqual([
    { name: 'north', hash: '#at=18.00/25.000000/51.000000' },
    { name: 'east', hash: '#at=16.00/25.000000/51.100000&off=water' },
  ])
  expect(removeView('north', storage).map(({ name }) => name)).toEqual(['east'])
})

it('has none where the storage is foreign or closed', () => {
  expect(savedViews(storageOf('{"a":1}'))).toEqual([])
  expect(savedViews(storageOf('[1, {"name":"a"}]'))).toEqual([])
  const closed = {
    getItem: () => {
      throw new Error('closed')
    },
    setItem: () => {
      throw new Error('closed')
    },
  }
  expect(saveView('a', '', closed)).toEqual([{ name: 'a', hash: '' }])
})
