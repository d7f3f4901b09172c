import { REQUEST_TIMEOUT_MS, RequestError } from '../api/client.ts'
import { formatSpan } from '../i18n/format.ts'
import type { Translate } from '../i18n/translate.ts'

/** Why a request failed, in a sentence. */
export function errorWords(error: Error, t: Translate): string {
  if (!(error instanceof RequestError)) return ''
  if (error.code === 'TIMEOUT' || error.code === 'UNREACHABLE') {
    return t('state.timeout', { wait: formatSpan(REQUEST_TIMEOUT_MS, t) })
  }
  if (error.status === 403) return t('state.noRight')
  return t('state.refused', { reason: error.message })
}
