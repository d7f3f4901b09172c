export { createLoad, type Load, type LoadOptions } from './create-load.ts'
