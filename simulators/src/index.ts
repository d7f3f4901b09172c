export { createDistrict, type DistrictOptions } from './district/create-district.ts'
