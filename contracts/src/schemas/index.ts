export * from './ledger.ts'
export * from './registry.ts'
export * from './rejected.ts'
export * from './state-change.ts'
