import './sparkline.css'

interface Props {
  /** Evenly spaced, oldest first; `null` is a gap and stays one. */
  readonly values: readonly (number | null)[]
  /** The flat band of what is normal. */
  readonly band?: readonly [low: number, high: number]
  readonly limit?: number
  /** Where it goes in the next hour: a tail in pencil. */
  readonly forecast?: number
  readonly width?: number
  readonly height?: number
}

/** A day at a glance beside a value that says it in words: it is a picture only. Never mirrored. */
export function Sparkline({ values, band, limit, forecast, width = 120, height = 34 }: Props) {
  const known = values.filter((value) => value !== null)
  if (known.length === 0) return <span className="sparkline none hatch" style={{ width, height }} />
  const [low, high] = extent([...known, ...(band ?? []), ...optional(limit), ...optional(forecast)])
  const end = forecast === undefined ? width - 5 : width * 0.8
  const x = (i: number) => round((i / Math.max(1, values.length - 1)) * end)
  const y = (value: number) => round(height - ((value - low) / (high - low)) * height)
  const bandEnd = forecast === undefined ? end : width
  const last = values.at(-1)
  return (
    <svg className="sparkline" width={width} height={height} viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
      {band && <rect className="band" y={y(band[1])} width={bandEnd} height={y(band[0]) - y(band[1])} />}
      {limit !== undefined && <path className="limit" d={`M0 ${y(limit)}H${bandEnd}`} />}
      <path className="trace" d={trace(values, x, y)} />
      {last != null && forecast !== undefined && (
        <path className="pencil" d={`M${x(values.length - 1)} ${y(last)}L${width} ${y(forecast)}`} />
      )}
      {last != null && <circle className="now" cx={x(values.length - 1)} cy={y(last)} r="2.1" />}
    </svg>
  )
}

const optional = (value: number | undefined): readonly number[] => (value === undefined ? [] : [value])
export const round = (value: number): number => Math.round(value * 100) / 100

/** The smallest and largest with some air; never of no height. */
export function extent(values: readonly number[]): readonly [low: number, high: number] {
  const low = Math.min(...values)
  const high = Math.max(...values)
  const air = (high - low || Math.abs(high) || 1) * 0.08
  return [low - air, high + air]
}

/** A line with its gaps kept: after each one the pen is set down anew. */
export function trace(
  values: readonly (number | null)[],
  x: (i: number) => number,
  y: (value: number) => number,
): string {
  let path = ''
  let isDown = false
  for (const [i, value] of values.entries()) {
    if (value !== null) path += `${isDown ? 'L' : 'M'}${x(i)} ${y(value)}`
    isDown = value !== null
  }
  return path
}
