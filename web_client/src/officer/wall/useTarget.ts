import { computed, type ComputedRef } from 'vue'
import { useI18n } from 'vue-i18n'

/** The target as it is said: whole minutes, or seconds where it is none. */
export function useTarget(targetMs: () => number): ComputedRef<string> {
  const { t } = useI18n()
  return computed(() => {
    const seconds = Math.round(targetMs() / 1_000)
    return seconds % 60 === 0 ? t('wall.minutes', { count: seconds / 60 }) : t('wall.seconds', { count: seconds })
  })
}
