import { computed, type ComputedRef } from 'vue'
import { useI18n } from 'vue-i18n'

import { useNow } from '@/shared/clock'
import { timeOfDay } from '@/shared/format'

import { useFreshness } from './useFreshness'
import type { TicketView } from './ticketOrder'
import { waitLeft, waitWords } from './waitEstimate'

/** Minutes are shown: often enough. */
const EVERY_MS = 5_000

/**
 * How long a waiting ticket will still wait, in words, and the times of day of it; empty where nothing is known, or
 * where the figures are not fresh.
 */
export function useEstimate(ticket: () => TicketView): { words: ComputedRef<string>; times: ComputedRef<string> } {
  const { t } = useI18n()
  const now = useNow(EVERY_MS)
  const { stale } = useFreshness(ticket)
  const left = computed(() => {
    const view = ticket()
    if (stale.value || view.state !== 'waiting' || view.wait === null) return null
    return waitLeft(view.wait, view.at_ms, now.value)
  })
  const said = computed(() => (left.value === null ? null : waitWords(left.value)))
  const words = computed(() => (said.value === null ? '' : t(`estimate.${said.value.kind}`, said.value)))
  const times = computed(() => {
    if (left.value === null || (said.value?.kind !== 'range' && said.value?.kind !== 'exact')) return ''
    const zone = ticket().hall.time_zone
    const [from, to] = [left.value.low_ms, left.value.high_ms].map((ms) => timeOfDay(now.value + ms, zone))
    return from === to ? t('estimate.atAbout', { from }) : t('estimate.at', { from, to })
  })
  return { words, times }
}
