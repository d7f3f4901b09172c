import { useId } from 'react'
import { useWords } from '../i18n/translate.ts'
import './marks.css'

export const PRIORITIES = ['C', 'H', 'M', 'L'] as const
export type Priority = (typeof PRIORITIES)[number]
export const GLYPH_STATES = ['new', 'acknowledged', 'returned', 'shelved', 'out-of-service'] as const
export type GlyphState = (typeof GLYPH_STATES)[number]

/** Square, triangle, diamond, circle in a field of 24: the shape leads, letter and colour follow. */
const SHAPES: Readonly<Record<Priority, string>> = {
  C: 'M3 3H21V21H3Z',
  H: 'M12 1.5L23 21.5H1Z',
  M: 'M12 .5L23.5 12L12 23.5L.5 12Z',
  L: 'M12 1.5A10.5 10.5 0 1 1 11.99 1.5Z',
}
const RINGS: Readonly<Record<Priority, string>> = {
  C: 'M-1.6 -1.6H25.6V25.6H-1.6Z',
  H: 'M12 -5.2L29.4 25.6H-5.4Z',
  M: 'M12 -5L29 12L12 29L-5 12Z',
  L: 'M12 -3A15 15 0 1 1 11.99 -3Z',
}

interface GlyphProps {
  readonly priority: Priority
  readonly state?: GlyphState
  readonly size?: number
}

/** The priority of an alarm and what has been done about it. Nothing else on a screen has these shapes or colours. */
export function AlarmGlyph({ priority, state = 'acknowledged', size = 20 }: GlyphProps) {
  const { t } = useWords()
  return (
    <svg
      className="glyph"
      data-priority={priority}
      data-state={state}
      width={size}
      height={size}
      viewBox="0 0 24 24"
      role="img"
      aria-label={`${t(`priority.${priority}`)}, ${t(`glyph.${state}`)}`}
    >
      {state === 'new' && <path className="glyph-ring" d={RINGS[priority]} />}
      <path className="glyph-fill" d={SHAPES[priority]} />
      <text x="12" y={priority === 'H' ? 19 : 17}>
        {priority}
      </text>
    </svg>
  )
}

/** Diagonal lines at 45 degrees for drawings: stale, blind, no data. */
export const HatchPattern = ({ id }: { readonly id: string }) => (
  <pattern id={id} width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
    <rect width="1.3" height="6" className="hatch-line" />
  </pattern>
)

/** Dots for drawings: estimated, or the range of a forecast. */
export const StipplePattern = ({ id, apart }: { readonly id: string; readonly apart: 4 | 5 }) => (
  <pattern id={id} width={apart} height={apart} patternUnits="userSpaceOnUse">
    <circle cx="1" cy="1" r={apart === 4 ? 0.75 : 0.6} className="stipple-dot" />
    <circle
      cx={apart === 4 ? 3 : 3.5}
      cy={apart === 4 ? 3 : 3.5}
      r={apart === 4 ? 0.75 : 0.6}
      className="stipple-dot"
    />
  </pattern>
)

interface ClusterProps {
  readonly count: string
  /** Share that reports, 0..1; the missing arc is hatched. */
  readonly share: number
  readonly worst?: Priority
  /** What it stands for, for those who hear the screen. */
  readonly label: string
}

/** Many things as one disc: how many, how much of it reports, and the worst of it outside the count. */
export function ClusterMark({ count, share, worst, label }: ClusterProps) {
  const id = useId()
  return (
    <span className="cluster-mark" role="img" aria-label={label}>
      <svg width="40" height="40" viewBox="-20 -20 40 40" aria-hidden="true">
        <defs>
          <HatchPattern id={id} />
        </defs>
        <circle r="17" className="cluster-disc" />
        {share < 1 && <circle r="15" fill="none" stroke={`url(#${id})`} strokeWidth="4" />}
        {share > 0 && <path d={arc(15, share)} className="cluster-arc" />}
        <text y="4" textAnchor="middle">
          {count}
        </text>
      </svg>
      {worst && <AlarmGlyph priority={worst} size={16} />}
    </span>
  )
}

/** An arc from the top, clockwise. */
function arc(radius: number, share: number): string {
  const end = -Math.PI / 2 + 2 * Math.PI * Math.min(share, 0.9999)
  const x = (radius * Math.cos(end)).toFixed(2)
  const y = (radius * Math.sin(end)).toFixed(2)
  return `M0 ${-radius}A${radius} ${radius} 0 ${share > 0.5 ? 1 : 0} 1 ${x} ${y}`
}

/** Selection: four ink brackets with a paper gap, a registration mark. */
export const Brackets = ({ size = 44 }: { readonly size?: number }) => (
  <svg className="brackets" width={size} height={size} viewBox="-22 -22 44 44" aria-hidden="true">
    {['gap', 'ink'].map((layer) => (
      <path key={layer} className={layer} d="M-18 -10V-18H-10M10 -18H18V-10M18 10V18H10M-10 18H-18V10" />
    ))}
  </svg>
)

/** A camera and what it looks at. @param ill dashed and hatched: it does not see */
export function ViewCone({ ill = false }: { readonly ill?: boolean }) {
  const id = useId()
  return (
    <svg className="cone" data-ill={ill} width="62" height="36" viewBox="-8 -18 62 36" aria-hidden="true">
      <defs>
        <HatchPattern id={id} />
      </defs>
      <path d="M0 0L46 -17A49 49 0 0 1 46 17Z" fill={ill ? `url(#${id})` : undefined} />
      <circle r="4" />
    </svg>
  )
}

export const SERVICE_LEVELS = ['A', 'B', 'C', 'D', 'E', 'F'] as const
export type ServiceLevel = (typeof SERVICE_LEVELS)[number]

/** A level of service: always with its letter. */
export function LosChip({ level }: { readonly level: ServiceLevel }) {
  const { t } = useWords()
  return (
    <span className="los-chip" data-level={level} role="img" aria-label={t('los.level', { level })}>
      {level}
    </span>
  )
}

interface CoverageProps {
  /** Shares in percent that are observed and estimated; what is left is blind. */
  readonly observed: number
  readonly estimated?: number
  readonly label: string
}

/** What is observed is a thin line; what is estimated or blind swells to full height: trouble has more body. */
export const CoverageBar = ({ observed, estimated = 0, label }: CoverageProps) => (
  <span className="cov" role="img" aria-label={label}>
    <span className="o" style={{ width: `${observed}%` }} />
    {estimated > 0 && <span className="stipple" style={{ width: `${estimated}%` }} />}
    {observed + estimated < 100 && <span className="hatch" style={{ width: `${100 - observed - estimated}%` }} />}
  </span>
)

/** A span of time with its name: a bracket, never a filled area. @param from @param to 0..1 along the line */
export const SpanBracket = ({
  from,
  to,
  name,
}: {
  readonly from: number
  readonly to: number
  readonly name: string
}) => (
  <span className="span-line ltr">
    <span className="span-bracket" style={{ left: `${from * 100}%`, width: `${(to - from) * 100}%` }}>
      <span className="l">{name}</span>
    </span>
  </span>
)
