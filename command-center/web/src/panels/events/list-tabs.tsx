import { useWords } from '../../i18n/translate.ts'
import { Tabs } from '../../ui/tabs.tsx'

export const LISTS = ['attention', 'events'] as const
export type ListName = (typeof LISTS)[number]

/** Chooses between what needs a look and what happened. */
export function ListTabs({ shown, onShow }: { readonly shown: ListName; onShow(list: ListName): void }) {
  const { t } = useWords()
  return (
    <Tabs
      label={t('list.choose')}
      shown={shown}
      tabs={LISTS.map((list) => [list, t(`list.${list}`)])}
      onShow={onShow}
    />
  )
}
