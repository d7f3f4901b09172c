import type { AssetPage } from '@quartier/contracts/api'
import { fetchSeriesVersions } from '../../api/client.ts'
import { formatDate, formatTime, unitSign } from '../../i18n/format.ts'
import { nameIn, useWords } from '../../i18n/translate.ts'
import { useAsset } from '../../live/assets.ts'
import { useRegistry } from '../../live/hooks.ts'
import { useRequest } from '../../ui/use-request.ts'
import { type Past, pastOfAsset, pastOfSeries } from './history-of.ts'

interface Props {
  readonly page: AssetPage | undefined
  readonly seriesKey: string | undefined
}

/** What the asset and the series that is shown were before, and what the device sends. */
export function Versions({ page, seriesKey }: Props) {
  const { t, language } = useWords()
  const request = useRequest(seriesKey && `versions ${seriesKey}`, (signal) => fetchSeriesVersions(seriesKey!, signal))
  const versions = request.data?.versions ?? []
  const definition = versions.at(-1)?.definition
  const past = [...(page ? pastOfAsset(page.versions) : []), ...pastOfSeries(versions)].sort(
    (a, b) => b.untilAt - a.untilAt,
  )
  const converted = definition?.sentUnit !== undefined && definition.sentUnit !== definition.unit
  if (past.length === 0 && !converted) return null
  return (
    <section className="versions">
      <h3 className="sec">{t('card.before')}</h3>
      <ul>
        {converted && (
          <li>
            {t('card.converted', {
              sent: unitSign(definition.sentUnit!) || '1',
              unit: unitSign(definition.unit) || '1',
            })}
          </li>
        )}
        {past.flatMap(({ untilAt, was }) =>
          was.map((one) => (
            <li key={`${untilAt} ${one.what}`}>
              <Was one={one} time={`${formatDate(untilAt, language)} ${formatTime(untilAt)}`} />
            </li>
          )),
        )}
      </ul>
    </section>
  )
}

function Was({ one, time }: { readonly one: Past['was'][number]; readonly time: string }) {
  const { t, language } = useWords()
  const registry = useRegistry()
  const parent = useAsset('id' in one && one.what === 'parent' ? one.id : undefined)
  if (!('id' in one))
    return t(`card.was.${one.what}`, { time, value: (one.what === 'unit' ? unitSign(one.value) : one.value) || '1' })
  const named = one.what === 'parent' ? parent : registry.placeById.get(one.id)
  return t(`card.was.${one.what}`, { time, value: named ? nameIn(language, named) : one.id })
}
