import { useI18n } from 'vue-i18n'

import { isRefusal, NetworkError, type Refusal } from './problem'

/** The sentence for a refusal, in the reader's language. */
export function useFailure(): { sentence: (refusal: Refusal) => string; refusalOf: (error: unknown) => Refusal } {
  const { t } = useI18n()
  return {
    sentence: (refusal) =>
      refusal instanceof NetworkError ? t(`shared.network.${refusal.code}`) : refusal.message,
    /** What the server or the network refused; anything else is a fault of ours and goes on up. */
    refusalOf: (error) => {
      if (isRefusal(error)) return error
      throw error
    },
  }
}
