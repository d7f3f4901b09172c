export * from './config.ts'
export * from './folders.ts'
export * from './load.ts'
export * from './open.ts'
