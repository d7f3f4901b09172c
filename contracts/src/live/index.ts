export * from './frame.ts'
export * from './series-state.ts'
export * from './tick.ts'
