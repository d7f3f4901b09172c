export * from './ledger.ts'
export * from './registry.ts'
export * from './rejected.ts'
