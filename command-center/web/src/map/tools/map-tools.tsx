import { Bookmark, CircleDashed, Layers, ListFilter } from 'lucide-react'
import { type ReactNode, useRef, useState } from 'react'
import { isFiltering, useDesk } from '../../desk-state.ts'
import { useWords } from '../../i18n/translate.ts'
import type { TileStore } from '../../live/tiles.ts'
import { ICON } from '../../ui/icon.ts'
import type { MapView } from '../use-map.ts'
import { CircleTool } from './circle-tool.tsx'
import { FilterTool } from './filter-tool.tsx'
import { LayersTool } from './layers-tool.tsx'
import { ViewsTool } from './views-tool.tsx'
import './tools.css'

const TOOLS = ['layers', 'filter', 'circle', 'views'] as const
type Tool = (typeof TOOLS)[number]

const ICONS: Readonly<Record<Tool, ReactNode>> = {
  layers: <Layers {...ICON} />,
  filter: <ListFilter {...ICON} />,
  circle: <CircleDashed {...ICON} />,
  views: <Bookmark {...ICON} />,
}

interface Props {
  readonly tiles: TileStore
  readonly view: MapView | undefined
  readonly choosing: boolean
  readonly figures: { readonly series: number; readonly look: number } | undefined
  onChoose(choosing: boolean): void
}

/** What the map shows, chosen: layers, filters, a circle, and views to come back to. One of them is open at a time. */
export function MapTools({ tiles, view, choosing, figures, onChoose }: Props) {
  const { t } = useWords()
  const { off, filter, circle } = useDesk()
  const [open, setOpen] = useState<Tool>()
  const tools = useRef<HTMLDivElement>(null)
  const isOn = { layers: off.length > 0, filter: isFiltering(filter), circle: circle !== undefined, views: false }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: only hears Escape for the buttons within
    <div
      ref={tools}
      className="map-tools"
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || !open) return
        event.stopPropagation()
        event.preventDefault()
        setOpen(undefined)
        tools.current?.querySelector<HTMLElement>(`[data-tool="${open}"]`)?.focus()
      }}
    >
      <div className="tool-row">
        {TOOLS.map((tool) => (
          <button
            key={tool}
            type="button"
            className="btn"
            data-tool={tool}
            data-on={isOn[tool]}
            aria-expanded={open === tool}
            aria-controls="map-tool"
            title={t(tool === 'filter' && isOn.filter ? 'map.filterOn' : `map.${tool}`)}
            onClick={() => setOpen(open === tool ? undefined : tool)}
          >
            {ICONS[tool]}
            <span className="wide">{t(`map.${tool}`)}</span>
            {isOn[tool] && <span className="tool-on" aria-hidden="true" />}
          </button>
        ))}
      </div>
      {open && (
        <div id="map-tool" className="tool-sheet chip">
          {open === 'layers' && <LayersTool />}
          {open === 'filter' && <FilterTool tiles={tiles} />}
          {open === 'circle' && <CircleTool view={view} choosing={choosing} figures={figures} onChoose={onChoose} />}
          {open === 'views' && <ViewsTool />}
        </div>
      )}
    </div>
  )
}
