import { useMemo } from 'react'
import { translator, useWords, WordsContext } from '../../i18n/translate.ts'
import type { Language, Theme } from '../../theme/preferences.ts'
import { Screen } from '../../ui/screen.tsx'
import { ControlSamples } from './control-samples.tsx'
import { MarkSamples } from './mark-samples.tsx'
import { StateSamples } from './state-samples.tsx'
import { TableSamples } from './table-samples.tsx'
import { ValueSamples } from './value-samples.tsx'
import './gallery.css'

const FRAMES: readonly { readonly theme: Theme; readonly language: Language }[] = [
  { theme: 'light', language: 'en' },
  { theme: 'dark', language: 'en' },
  { theme: 'light', language: 'ar' },
  { theme: 'dark', language: 'ar' },
]

/** Every part that screens are made of, in every state, in both colours and both directions. */
export default function GalleryScreen() {
  const { t } = useWords()
  return (
    <Screen title={t('screen.gallery')} intro={t('gallery.intro')} className="gallery">
      {FRAMES.map((frame) => (
        <Frame key={`${frame.theme} ${frame.language}`} {...frame} />
      ))}
    </Screen>
  )
}

function Frame({ theme, language }: { readonly theme: Theme; readonly language: Language }) {
  const words = useMemo(() => ({ language, t: translator(language) }), [language])
  const name = `${words.t(`settings.theme.${theme}`)}, ${language === 'ar' ? 'العربية' : 'English'}`
  return (
    <WordsContext value={words}>
      <section
        className="gallery-frame"
        data-theme={theme}
        data-frame={`${theme}-${language}`}
        lang={language}
        dir={language === 'ar' ? 'rtl' : 'ltr'}
        aria-label={name}
      >
        <h2>{name}</h2>
        <ControlSamples />
        <TableSamples />
        <ValueSamples />
        <MarkSamples />
        <StateSamples />
      </section>
    </WordsContext>
  )
}
