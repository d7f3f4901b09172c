import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { replayMappingSchema } from './mapping.ts'

const guide = readFileSync(new URL('../../../docs/replay.md', import.meta.url), 'utf8')

describe('the mapping of a CSV file', () => {
  it('is described with examples that are valid', () => {
    const examples = [...guide.matchAll(/```json\n([\s\S]*?)```/g)].map((m) => m[1]!)
    expect(examples).toHaveLength(3)
    for (const example of examples) replayMappingSchema.parse(JSON.parse(example))
  })

  it('is described with all its properties', () => {
    for (const name of Object.keys(replayMappingSchema.shape)) expect(guide).toMatch(new RegExp(`\`${name}[.\`]`))
  })
})
