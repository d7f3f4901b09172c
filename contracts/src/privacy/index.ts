export * from './removals.ts'
export * from './small-counts.ts'
