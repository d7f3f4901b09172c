import type { RegistryStep } from '@quartier/contracts/api'
import { type MessageKey, nameIn, type Translate, useWords } from '../../i18n/translate.ts'
import { kindName } from '../../i18n/vocabulary.ts'
import type { Language } from '../../theme/preferences.ts'
import type { Go } from './browse.tsx'

/** What a place or an asset is, in words. */
export const kindWords = ({ type, kind }: Pick<RegistryStep, 'type' | 'kind'>, t: Translate, language: Language) =>
  type === 'place' ? t(`kind.${kind}` as MessageKey) : kindName(kind, language)

export const goTo = (step: Pick<RegistryStep, 'type' | 'id'>, onGo: Go): void =>
  onGo(step.type === 'place' ? { placeId: step.id } : { assetId: step.id })

/** The way from the district down to here; each step leads there. */
export function Path({ path, onGo }: { readonly path: readonly RegistryStep[]; onGo: Go }) {
  const { t, language } = useWords()
  return (
    <nav className="path" aria-label={t('registry.path')}>
      <ol>
        {path[0]?.kind !== 'district' && (
          <li>
            <button type="button" className="link" onClick={() => onGo({})}>
              {t('registry.district')}
            </button>
          </li>
        )}
        {path.map((step, i) => (
          <li key={`${step.type} ${step.id}`}>
            {i === path.length - 1 ? (
              <b aria-current="location">
                <bdi>{nameIn(language, step)}</bdi>
              </b>
            ) : (
              <button type="button" className="link" onClick={() => goTo(step, onGo)}>
                <bdi>{nameIn(language, step)}</bdi>
              </button>
            )}
          </li>
        ))}
      </ol>
    </nav>
  )
}

interface NamedProps {
  readonly step: RegistryStep
  onGo: Go
}

/** A place or an asset by its name, which leads there, with what it is. */
export function Named({ step, onGo }: NamedProps) {
  const { t, language } = useWords()
  return (
    <>
      <button type="button" className="link clip" onClick={() => goTo(step, onGo)}>
        <bdi>{nameIn(language, step)}</bdi>
      </button>
      <span className="l clip">
        {kindWords(step, t, language)}, <bdi>{step.id}</bdi>
      </span>
    </>
  )
}
