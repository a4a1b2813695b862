import { computed, type ComputedRef } from 'vue'
import { useI18n } from 'vue-i18n'

import { useNow } from '@/shared/clock'
import { countdown, secondsLeft } from '@/shared/format'
import { language } from '@/shared/i18n/language'

import { useEstimate } from './useEstimate'
import type { TicketView } from './ticketOrder'

/** What a ticket asks for in one line, and the words of the way to it. */
export function useTicketWords(ticket: () => TicketView): { line: ComputedRef<string>; way: ComputedRef<string> } {
  const { t } = useI18n()
  const now = useNow()
  const { words: estimate } = useEstimate(ticket)
  const left = computed(() => secondsLeft(ticket().deadline_ms ?? 0, now.value))
  function waitingWords(count: number): string {
    if (estimate.value === '') return t('ticket.peopleSpoken', { count }, count)
    return t('home.waitingFor', { count, estimate: estimate.value }, count)
  }
  const line = computed(() => {
    const view = ticket()
    switch (view.state) {
      case 'called':
        return t('home.called', { seconds: left.value })
      case 'serving':
        return t('home.serving')
      case 'abandoned':
        return t('home.abandoned', { time: countdown(left.value, language.value) })
      case 'waiting':
        return waitingWords(view.ahead ?? 0)
      case 'on_hold':
        return t('home.onHold')
      default:
        return t(`ticket.state.${view.state}`)
    }
  })
  const way = computed(() => {
    switch (ticket().state) {
      case 'called':
        return t('home.answer')
      case 'serving':
        return t('home.toCall')
      case 'abandoned':
        return t('home.toReactivate')
      case 'waiting':
        return t('home.toWait')
      default:
        return t('todos.open')
    }
  })
  return { line, way }
}
