import type { Map as MapLibre } from 'maplibre-gl'
import { type ReactNode, useEffect, useRef } from 'react'

interface Props {
  readonly map: MapLibre
  readonly longitude: number
  readonly latitude: number
  readonly className?: string
  readonly children: ReactNode
}

/** A tag below a mark; it moves with the map. */
export function MapTag({ map, longitude, latitude, className = '', children }: Props) {
  const tag = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const place = () => {
      const { x, y } = map.project([longitude, latitude])
      tag.current!.style.transform = `translate(${Math.round(x)}px, ${Math.round(y + 26)}px) translateX(-50%)`
    }
    place()
    const moves = map.on('move', place)
    return () => moves.unsubscribe()
  }, [map, longitude, latitude])
  return (
    <div ref={tag} className={`map-tag chip ${className}`}>
      {children}
    </div>
  )
}
