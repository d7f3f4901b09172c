import { useLocation } from 'wouter'
import { useWords } from '../../i18n/translate.ts'
import { useUser } from '../../shell/session.ts'
import { Screen } from '../../ui/screen.tsx'
import { Tabs } from '../../ui/tabs.tsx'
import { Browse } from './browse.tsx'
import { ImportFile } from './import-file.tsx'
import { Waiting } from './waiting.tsx'
import '../../ui/part.css'
import './registry.css'

const TABS = ['browse', 'import', 'waiting'] as const
type Tab = (typeof TABS)[number]

/** What the district consists of: looked at, edited, imported, and devices that nobody has registered yet. */
export default function RegistryScreen() {
  const { t } = useWords()
  const { role, zones } = useUser()
  const [path, navigate] = useLocation()
  const seesAll = zones.length === 0
  const administers = role === 'administrator' && seesAll
  const adopts = administers || (role === 'operator' && seesAll)
  const tabs = TABS.filter((tab) => tab === 'browse' || (tab === 'import' ? administers : adopts))
  const shown = tabs.find((tab): tab is Tab => path === `/registry/${tab}`) ?? 'browse'
  return (
    <Screen title={t('screen.registry')} intro={t('registry.intro')} className="registry">
      {tabs.length > 1 && (
        <Tabs
          label={t('registry.view')}
          shown={shown}
          tabs={tabs.map((tab) => [tab, t(`registry.tab.${tab}`)])}
          onShow={(tab) => navigate(tab === 'browse' ? '/registry' : `/registry/${tab}`, { replace: true })}
        />
      )}
      {shown === 'browse' && <Browse mayEdit={administers} />}
      {shown === 'import' && <ImportFile />}
      {shown === 'waiting' && <Waiting administers={administers} />}
    </Screen>
  )
}
