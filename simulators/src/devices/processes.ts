import { BUILDING_PROCESSES } from './building-processes.ts'
import { PLANT_PROCESSES } from './plant-processes.ts'
import type { Process } from './process.ts'
import { STREET_PROCESSES } from './street-processes.ts'

const ALL = { ...BUILDING_PROCESSES, ...STREET_PROCESSES, ...PLANT_PROCESSES }

/** How a value comes about. */
export type ProcessName = keyof typeof ALL
export const PROCESSES: Readonly<Record<ProcessName, Process>> = ALL
