import { useLocation } from 'wouter'
import { useWords } from '../../i18n/translate.ts'
import { useUser } from '../../shell/session.ts'
import { Screen } from '../../ui/screen.tsx'
import { Tabs } from '../../ui/tabs.tsx'
import { DeadLetters } from './dead-letters.tsx'
import { Overview } from './overview.tsx'
import { Silent } from './silent.tsx'
import './health-screen.css'

const TABS = ['overview', 'letters', 'silent'] as const
type Tab = (typeof TABS)[number]

/** How the platform itself is: what arrives and what became of it, dead letters, and who is silent. */
export default function HealthScreen() {
  const { t } = useWords()
  const { role } = useUser()
  const [path, navigate] = useLocation()
  // Planners see sums, but not what was refused.
  const tabs = TABS.filter((tab) => tab !== 'letters' || role !== 'planner')
  const shown = tabs.find((tab): tab is Tab => path === `/health/${tab}`) ?? 'overview'
  return (
    <Screen title={t('screen.health')} intro={t('platform.intro')} className="platform">
      <Tabs
        label={t('platform.view')}
        shown={shown}
        tabs={tabs.map((tab) => [tab, t(`platform.tab.${tab}`)])}
        onShow={(tab) => navigate(tab === 'overview' ? '/health' : `/health/${tab}`, { replace: true })}
      />
      {shown === 'overview' && <Overview />}
      {shown === 'letters' && <DeadLetters mayRedrive={role === 'administrator' || role === 'operator'} />}
      {shown === 'silent' && <Silent />}
    </Screen>
  )
}
