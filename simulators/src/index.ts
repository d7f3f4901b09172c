export { type SimulatorsConfig, simulatorsConfig } from './config.ts'
export { createDistrict, type DistrictOptions } from './district/create-district.ts'
export { type Simulation, start } from './simulate.ts'
