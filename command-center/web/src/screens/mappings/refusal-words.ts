import { RequestError } from '../../api/client.ts'
import type { Translate } from '../../i18n/translate.ts'
import { errorWords } from '../../ui/error-words.ts'

/** Why a mapping was not kept or tried, in a sentence. */
export function refusalWords(error: Error, t: Translate): string {
  if (error instanceof RequestError) {
    if (error.code === 'GATEWAY_SILENT') return t('mappings.silent')
    if (error.code === 'PERSONAL_TOPIC') return t('mappings.personal')
    if (error.code === 'INPUT_INVALID') return t('mappings.invalid', { reason: error.message })
  }
  return errorWords(error, t) || t('state.panelFailed')
}
