import type { AssetPage } from '@quartier/contracts/api'
import { useState } from 'react'
import { fetchAsset, fetchNode } from '../../api/registry.ts'
import { formatDate, formatTime } from '../../i18n/format.ts'
import { nameIn, useWords } from '../../i18n/translate.ts'
import { craftName, kindName } from '../../i18n/vocabulary.ts'
import type { Language } from '../../theme/preferences.ts'
import { Pages } from '../../ui/data-table.tsx'
import { Num } from '../../ui/num.tsx'
import { Said } from '../../ui/said.tsx'
import { Asked } from '../../ui/states.tsx'
import { useRequest } from '../../ui/use-request.ts'
import { AssetForm } from './asset-form.tsx'
import type { Go } from './browse.tsx'
import { Assets } from './place.tsx'
import { SeriesTable } from './series-table.tsx'
import { Path } from './steps.tsx'

const PAGE = 100

/** One asset: what it is, what hangs on it, what it measures, and what it was. */
export function AssetView({ id, mayEdit, onGo }: { readonly id: string; readonly mayEdit: boolean; onGo: Go }) {
  const { t, language } = useWords()
  const [skip, setSkip] = useState(0)
  const [editing, setEditing] = useState(false)
  const [saved, setSaved] = useState(false)
  const query = new URLSearchParams({ assetId: id, skip: String(skip), limit: String(PAGE) })
  const node = useRequest(`node ${query}`, (signal) => fetchNode(query, signal))
  const page = useRequest(`asset ${id}`, (signal) => fetchAsset(id, signal))
  return (
    <>
      <Asked request={node}>
        {({ path }) => (
          <div className="head">
            <Path path={path} onGo={onGo} />
            {mayEdit && page.data && !editing && (
              <button type="button" className="btn primary" onClick={() => setEditing(true)}>
                {t('registry.edit')}
              </button>
            )}
          </div>
        )}
      </Asked>
      <Asked request={page}>
        {(known) => (
          <>
            {saved && <Said>{t('registry.saved', { name: nameIn(language, known.asset) })}</Said>}
            {editing && (
              <AssetForm
                page={known}
                onClose={() => setEditing(false)}
                onSaved={() => {
                  setEditing(false)
                  setSaved(true)
                  page.retry()
                  node.retry()
                }}
              />
            )}
            <div className="columns">
              <Facts page={known} />
              <Versions page={known} />
            </div>
          </>
        )}
      </Asked>
      <Asked request={node}>
        {({ assets }) =>
          assets.total > 0 && (
            <>
              <Assets title={t('registry.below')} assets={assets.items} onGo={onGo} />
              <Pages skip={skip} shown={assets.items.length} total={assets.total} page={PAGE} onSkip={setSkip} />
            </>
          )
        }
      </Asked>
      <h2 className="sec">{t('registry.series')}</h2>
      <SeriesTable query={{ assetId: id }} label={t('registry.series')} mayEdit={mayEdit} />
    </>
  )
}

function Facts({ page: { asset, place, zone, topology } }: { readonly page: AssetPage }) {
  const { t, language } = useWords()
  const parent = topology.parents[0]
  const facts: readonly (readonly [string, React.ReactNode])[] = [
    [t('registry.kind'), kindName(asset.kind, language)],
    [t('registry.id'), <bdi key="id">{asset.id}</bdi>],
    [t('registry.name'), <bdi key="name">{asset.name}</bdi>],
    [t('registry.nameAr'), <bdi key="nameAr">{asset.nameAr}</bdi>],
    [t('registry.place'), <bdi key="place">{place ? nameIn(language, place) : asset.placeId}</bdi>],
    [t('registry.zone'), zone && <bdi>{nameIn(language, zone)}</bdi>],
    [t('registry.parent'), parent && <bdi>{nameIn(language, parent)}</bdi>],
    [t('registry.criticality'), <Num key="criticality">{asset.criticality}</Num>],
    [t('registry.level'), <Num key="level">{asset.level}</Num>],
    [t('registry.craft'), craftName(asset.craft, language)],
    [t('registry.contractor'), asset.contractor && <bdi>{asset.contractor}</bdi>],
  ]
  return (
    <dl className="fact-list">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}

const instant = (at: number, language: Language): string => `${formatDate(at, language)} ${formatTime(at)}`

/** What it was, newest first, with what each change was about. */
function Versions({ page: { versions } }: { readonly page: AssetPage }) {
  const { t, language } = useWords()
  const newest = versions.toReversed()
  return (
    <section>
      <h2 className="sec">{t('registry.versions')}</h2>
      {newest.length <= 1 && <p className="soft">{t('registry.versionsOne')}</p>}
      {newest.length > 1 && (
        <ol className="versions">
          {newest.map((version) => (
            <li key={`${version.sinceAt} ${version.untilAt}`}>
              <bdi>{nameIn(language, version.asset)}</bdi>
              <span className="l">
                {version.untilAt === null
                  ? t('registry.versionNow', { time: instant(version.sinceAt, language) })
                  : t('registry.versionThen', {
                      from: instant(version.sinceAt, language),
                      to: instant(version.untilAt, language),
                    })}
              </span>
            </li>
          ))}
        </ol>
      )}
    </section>
  )
}
