import { computed, type ComputedRef } from 'vue'
import { useI18n } from 'vue-i18n'

import { useNow } from '@/shared/clock'
import { countdown, secondsLeft, timeLeft, timeOfDay } from '@/shared/format'
import { language } from '@/shared/i18n/language'

import { useTickets } from './stores/tickets'
import { isAtCounter, type TicketView } from './ticketOrder'
import { useEstimate } from './useEstimate'
import { useFreshness } from './useFreshness'

/**
 * What a ticket asks for in one line, how fresh that is or how long it will take (empty where there is nothing to
 * say), and the words of the way to it.
 */
export function useTicketWords(ticket: () => TicketView): {
  line: ComputedRef<string>
  note: ComputedRef<string>
  way: ComputedRef<string>
} {
  const { t } = useI18n()
  const now = useNow()
  const { words: estimate } = useEstimate(ticket)
  const { stale } = useFreshness(ticket)
  const tickets = useTickets()
  const left = computed(() => secondsLeft(ticket().deadline_ms ?? 0, now.value))
  const line = computed(() => {
    const view = ticket()
    switch (view.state) {
      case 'called':
        if (isAtCounter(view)) return t('home.counter', { counter: view.counter ?? '' })
        return t('home.called', { left: timeLeft(left.value, language.value) })
      case 'serving':
        if (isAtCounter(view)) return t('home.atCounter', { counter: view.counter ?? '' })
        return t('home.serving')
      case 'abandoned':
        return t('home.abandoned', { time: countdown(left.value, language.value) })
      case 'waiting':
        return t('ticket.peopleSpoken', { count: view.ahead ?? 0 }, view.ahead ?? 0)
      case 'on_hold':
        return t('home.onHold')
      default:
        return t(`ticket.state.${view.state}`)
    }
  })
  const note = computed(() => {
    const view = ticket()
    if (view.state !== 'waiting' || !stale.value) return estimate.value
    return t('ticket.dataFrom', { time: timeOfDay(tickets.freshAtMs, view.hall.time_zone) })
  })
  const way = computed(() => {
    if (isAtCounter(ticket()) && ticket().state !== 'abandoned') return t('todos.open')
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
  return { line, note, way }
}
