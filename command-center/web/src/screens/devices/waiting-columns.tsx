import { formatNumber } from '../../i18n/format.ts'
import { useWords } from '../../i18n/translate.ts'
import type { Column } from '../../ui/data-table.tsx'
import type { WaitingDevice } from './group-by-device.ts'

/** Columns of a table of devices that wait to be taken in. */
export function useWaitingColumns(
  busy: boolean,
  onAdopt: (device: WaitingDevice) => void,
): readonly Column<WaitingDevice>[] {
  const { t } = useWords()
  return [
    {
      name: 'device',
      title: t('mappings.deviceName'),
      cell: ({ id, properties }) => (
        <>
          <bdi className="clip" title={id}>
            {id}
          </bdi>
          <bdi className="l clip" title={properties.join(', ')}>
            {properties.join(', ')}
          </bdi>
        </>
      ),
    },
    {
      name: 'series',
      title: t('devices.seriesHead'),
      width: '120px',
      wide: true,
      cell: ({ keys }) => <span className="l">{t('devices.series', { n: formatNumber(keys.length) })}</span>,
    },
    {
      name: 'adopt',
      title: t('devices.adopt'),
      width: '116px',
      numeric: true,
      bare: true,
      cell: (device) => (
        <button
          type="button"
          className="btn primary"
          aria-label={t('devices.adoptOne', { name: device.id })}
          disabled={busy}
          onClick={() => onAdopt(device)}
        >
          {t('devices.adopt')}
        </button>
      ),
    },
  ]
}
