/** How a value is brought to the canonical unit of its quantity: `value · scale + offset`. */
export interface Conversion {
  readonly unit: string
  readonly scale: number
  readonly offset: number
}

const to = (unit: string, scale = 1, offset = 0): Conversion => ({ unit, scale, offset })

const FOOT_M = 0.3048
const MILE_KM = 1.609344
const GALLON_M3 = 0.003785411784
const POUND_KG = 0.45359237
const BTU_KWH = 0.00029307107017222
const PSI_KPA = 6.894757293168361
const REFRIGERATION_TON_KW = 3.51685284206667

/**
 * Units that are converted where they come in; every other unit is kept as it is said. Names as in UCUM, in SenML
 * (RFC 8428, RFC 8798) and as people write them. The factors are exact by definition, or those of NIST SP 811, appendix B.
 */
const CONVERSIONS: Readonly<Record<string, Conversion>> = {
  K: to('Cel', 1, -273.15),
  ...same('Cel', '°C', 'degC', 'celsius'),
  ...each(to('Cel', 5 / 9, -160 / 9), '[degF]', 'degF', '°F', 'fahrenheit'),

  bar: to('kPa', 100),
  mbar: to('kPa', 0.1),
  hPa: to('kPa', 0.1),
  MPa: to('kPa', 1000),
  atm: to('kPa', 101.325),
  ...each(to('kPa', PSI_KPA), '[psi]', 'psi'),
  ...each(to('kPa', 0.133322387415), 'mm[Hg]', 'mmHg'),
  ...each(to('kPa', 9.80665), 'm[H2O]', 'mH2O'),
  ...each(to('kPa', 0.24908890833333), "[in_i'H2O]", 'inH2O'),

  mW: to('W', 0.001),
  MW: to('kW', 1000),
  GW: to('kW', 1e6),
  ...each(to('kW', 0.74569987158227), '[HP]', 'hp'),
  ...each(to('kW', BTU_KWH), '[Btu_IT]/h', '[Btu]/h', 'BTU/h'),
  ...each(to('kW', REFRIGERATION_TON_KW), 'TR', 'RT'),
  VA: to('kVA', 0.001),
  MVA: to('kVA', 1000),
  var: to('kvar', 0.001),
  Mvar: to('kvar', 1000),

  Wh: to('kWh', 0.001),
  ...each(to('kWh', 0.001), 'W.h'),
  ...same('kWh', 'kW.h'),
  ...each(to('kWh', 1000), 'MWh', 'MW.h'),
  GWh: to('kWh', 1e6),
  J: to('kWh', 1 / 3.6e6),
  kJ: to('kWh', 1 / 3600),
  MJ: to('kWh', 1 / 3.6),
  GJ: to('kWh', 1000 / 3.6),
  ...each(to('kWh', BTU_KWH), '[Btu_IT]', '[Btu]', 'BTU'),
  TRh: to('kWh', REFRIGERATION_TON_KW),

  mV: to('V', 0.001),
  kV: to('V', 1000),
  mA: to('A', 0.001),
  kA: to('A', 1000),
  kHz: to('Hz', 1000),
  MHz: to('Hz', 1e6),

  ...same('km/h', 'kph', 'kmph'),
  ...each(to('km/h', MILE_KM), '[mi_i]/h', 'mile/h', 'mi/h', 'mph'),
  ...each(to('km/h', 1.852), '[kn_i]', 'kn', 'knot'),
  ...each(to('m/s', FOOT_M), '[ft_i]/s', 'ft/s'),
  'cm/s': to('m/s', 0.01),
  ...each(to('mm/s', 25.4), '[in_i]/s', 'in/s'),
  'um/s': to('mm/s', 0.001),
  ...each(to('m/s2', 9.80665), '[g]'),

  'm3/s': to('m3/h', 3600),
  'm3/min': to('m3/h', 60),
  ...each(to('m3/h', 0.001), 'l/h', 'L/h'),
  ...each(to('m3/h', 0.06), 'l/min', 'L/min'),
  ...same('l/s', 'L/s'),
  ...each(to('m3/h', GALLON_M3 * 60), '[gal_us]/min', 'gal/min', 'gpm'),
  ...each(to('m3/h', FOOT_M ** 3 * 60), '[cft_i]/min', '[ft_i]3/min', 'ft3/min', 'cfm'),
  ...each(to('m3', 0.001), 'l', 'L'),
  ...each(to('m3', GALLON_M3), '[gal_us]', 'gal'),
  ...each(to('m3', FOOT_M ** 3), '[cft_i]', '[ft_i]3', 'ft3'),

  cm: to('m', 0.01),
  ...each(to('m', FOOT_M), '[ft_i]', 'ft'),
  ...each(to('mm', 25.4), '[in_i]', 'in', 'inch'),
  ...each(to('km', MILE_KM), '[mi_i]', 'mile', 'mi'),
  g: to('kg', 0.001),
  t: to('kg', 1000),
  ...each(to('kg', POUND_KG), '[lb_av]', 'lb'),

  'mg/m3': to('ug/m3', 1000),
  'ng/m3': to('ug/m3', 0.001),
  ...same('ug/m3', 'µg/m3', 'µg/m³', 'μg/m3', 'μg/m³'),
  ...same('ppm', '[ppm]'),
  ...each(to('ppm', 0.001), '[ppb]', 'ppb'),
  ...same('lux', 'lx'),
  klx: to('lux', 1000),
  'kW/m2': to('W/m2', 1000),
  rad: to('deg', 180 / Math.PI),
}

/** How readings in `unit` are converted; `undefined` when they are kept as they are. */
export const conversionOf = (unit: string): Conversion | undefined =>
  Object.hasOwn(CONVERSIONS, unit) ? CONVERSIONS[unit] : undefined

export const converted = (value: number, { scale, offset }: Conversion): number => value * scale + offset

/** Every unit that is converted, for the documentation. */
export const CONVERTED_UNITS: readonly (readonly [string, Conversion])[] = Object.entries(CONVERSIONS)

interface Measured {
  readonly unit: string
  readonly validMin: number | null
  readonly validMax: number | null
  readonly sentUnit?: string | undefined
}

/** A definition in the canonical unit, its bounds too; the unit that it was declared in stays in `sentUnit`. */
export function inCanonicalUnit<D extends Measured>(definition: D): D {
  const { sentUnit, ...rest } = definition
  if (sentUnit !== undefined && conversionOf(sentUnit)?.unit === definition.unit) return definition
  const conversion = conversionOf(definition.unit)
  if (!conversion) return sentUnit === undefined ? definition : (rest as unknown as D)
  // Bounds are read by people: without the last digits, which are rounding.
  const bound = (value: number | null) => (value === null ? null : Number(converted(value, conversion).toPrecision(14)))
  const { unit, validMin, validMax } = definition
  return {
    ...(rest as unknown as D),
    unit: conversion.unit,
    validMin: bound(validMin),
    validMax: bound(validMax),
    sentUnit: unit,
  }
}

function each(conversion: Conversion, ...names: readonly string[]): Record<string, Conversion> {
  return Object.fromEntries(names.map((name) => [name, conversion]))
}

/** Other names of a canonical unit. */
function same(unit: string, ...names: readonly string[]): Record<string, Conversion> {
  return each(to(unit), ...names)
}
