import { useMemo } from 'react'
import { drawPlan, HEIGHT, WIDTH } from './plan.ts'

/** A quarter in plan. It is nobody's district: before somebody signs in, nothing of the real one is shown. */
export function PlanDrawing() {
  const plan = useMemo(drawPlan, [])
  return (
    <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="xMidYMid slice" className="plan" aria-hidden="true">
      <g transform={`rotate(-4.5 ${WIDTH / 2} ${HEIGHT / 2}) scale(1.08) translate(-36 -32)`}>
        <path d={plan.plots} className="plot" />
        <path d={plan.square} className="square" />
        <path d={plan.paving} className="paving" />
        <path d={plan.park} className="park" />
        <path d={plan.tram} className="tram-bed" />
        <path d={plan.tram} className="tram" />
        <path d={plan.tram} className="tram-gap" />
        <path d={plan.walls} className="wall" />
        <path d={plan.roofs} className="roof" fillRule="evenodd" />
        <path d={plan.details} className="detail" />
        {plan.trees.map(({ x, y, r }) => (
          <circle key={`${x} ${y}`} cx={x} cy={y} r={r} className="tree" />
        ))}
      </g>
    </svg>
  )
}
