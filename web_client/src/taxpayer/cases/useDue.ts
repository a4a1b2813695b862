import { computed, watch, type ComputedRef } from 'vue'
import { useI18n } from 'vue-i18n'

import { useNow } from '@/shared/clock'
import { countdown, dayAndTime, secondsLeft } from '@/shared/format'
import { language } from '@/shared/i18n/language'

import { useCases } from '../stores/cases'
import { dueOf, stateWord, type CaseSummary, type Due } from './caseState'

/**
 * What is due of a case, ticking by the server's clock while `ticks`; at zero the case is asked for again by itself.
 */
export function useDue(
  view: () => CaseSummary,
  ticks: () => boolean = () => true,
): {
  due: ComputedRef<Due | null>
  left: ComputedRef<string>
  until: ComputedRef<string>
  word: ComputedRef<{ words: string; tone: string }>
} {
  const { t } = useI18n()
  const ticking = useNow()
  const began = ticking.value
  // While it does not tick it does not even look at the clock.
  const now = computed((before?: number) => (ticks() ? ticking.value : (before ?? began)))
  const cases = useCases()
  const due = computed(() => dueOf(view(), now.value))
  const seconds = computed(() => (due.value === null ? 0 : secondsLeft(due.value.atMs, now.value)))
  const left = computed(() => countdown(seconds.value, language.value))
  const until = computed(() =>
    due.value === null ? '' : dayAndTime(due.value.atMs, now.value, view().hall.time_zone, language.value),
  )
  const word = computed(() => {
    const { key, tone } = stateWord(view(), now.value)
    return { words: t(`case.state.${key}`), tone }
  })
  // Each by itself: an array that is made anew is another one with each tick.
  watch([() => due.value?.kind, () => seconds.value === 0], ([, isOver], [before]) => {
    if (isOver || before !== undefined) void cases.refreshSoon()
  })
  return { due, left, until, word }
}
