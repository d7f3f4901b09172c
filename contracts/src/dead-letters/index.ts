export { askRedrive } from './ask-redrive.ts'
export { type Impossible, impossibleToRedrive } from './impossible.ts'
