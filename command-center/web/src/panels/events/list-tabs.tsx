import { useWords } from '../../i18n/translate.ts'

export const LISTS = ['attention', 'events'] as const
export type ListName = (typeof LISTS)[number]

/** Chooses between what needs a look and what happened. */
export function ListTabs({ shown, onShow }: { readonly shown: ListName; onShow(list: ListName): void }) {
  const { t } = useWords()
  return (
    <fieldset className="list-tabs">
      <legend className="vh">{t('list.choose')}</legend>
      {LISTS.map((list) => (
        <button key={list} type="button" aria-pressed={shown === list} onClick={() => onShow(list)}>
          {t(`list.${list}`)}
        </button>
      ))}
    </fieldset>
  )
}
