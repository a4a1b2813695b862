import { computed, onScopeDispose, ref, watch, type ComputedRef } from 'vue'
import { useI18n } from 'vue-i18n'

import type { CallSnapshot } from '../types'

const NOTICE_MS = 6_000
const DEVICES = ['microphone', 'camera'] as const

/** One sentence on the devices; `isRefused` where the person has to allow something. */
export interface DeviceSentence {
  readonly key: string
  readonly words: string
  readonly isRefused: boolean
}

/** What is to be said of microphone and camera now: a change for a moment, what is missing for as long as it is. */
export function useDeviceWords(snapshot: () => CallSnapshot): ComputedRef<readonly DeviceSentence[]> {
  const { t } = useI18n()
  const told = ref(0)
  let timer: ReturnType<typeof setTimeout> | undefined
  watch(
    () => snapshot().deviceNotice?.serial ?? 0,
    (serial) => {
      clearTimeout(timer)
      told.value = serial
      timer = setTimeout(() => (told.value = 0), NOTICE_MS)
    },
    { immediate: true },
  )
  onScopeDispose(() => clearTimeout(timer))

  return computed(() => {
    const { deviceNotice: notice, problems, interrupted } = snapshot()
    const sentences: DeviceSentence[] = []
    if (notice !== null && notice.serial === told.value) {
      const label = notice.label === '' ? t('shared.devices.notice.another') : notice.label
      const words = t(`shared.devices.notice.${notice.device}.${notice.what}`, { label })
      sentences.push({ key: 'notice', words, isRefused: false })
    }
    for (const device of DEVICES) {
      const problem = problems[device]
      if (problem !== null) {
        const words = t(`shared.devices.problem.${device}.${problem}`)
        sentences.push({ key: `${device}-${problem}`, words, isRefused: problem === 'denied' })
      } else if (interrupted[device]) {
        sentences.push({ key: `${device}-interrupted`, words: t(`shared.devices.interrupted.${device}`), isRefused: false })
      }
    }
    return sentences
  })
}
