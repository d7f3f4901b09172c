export * from './camera-topics.ts'
export * from './removals.ts'
export * from './small-counts.ts'
