import type { Map as MapLibre } from 'maplibre-gl'
import { useEffect, useRef } from 'react'
import type { Circle } from '../desk-state.ts'
import { pixelsPerMetre } from './style.ts'

/** The circle that somebody has drawn; it moves with the map. */
export function CircleMark({ map, circle }: { map: MapLibre; circle: Circle }) {
  const svg = useRef<SVGSVGElement>(null)
  useEffect(() => {
    const place = () => {
      const { x, y } = map.project([circle.longitude, circle.latitude])
      const r = circle.radiusM * pixelsPerMetre(map.getZoom(), circle.latitude)
      for (const one of svg.current!.querySelectorAll('circle')) {
        one.setAttribute('cx', String(x))
        one.setAttribute('cy', String(y))
        if (one.dataset.part !== 'middle') one.setAttribute('r', String(r))
      }
    }
    place()
    const moves = map.on('move', place)
    return () => moves.unsubscribe()
  }, [map, circle])
  return (
    <svg ref={svg} className="map-circle" aria-hidden="true">
      <circle className="gap" />
      <circle className="edge" />
      <circle className="edge" data-part="middle" r="2" />
    </svg>
  )
}
