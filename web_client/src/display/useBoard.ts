import { onScopeDispose, readonly, ref, shallowRef, watch, type Ref, type ShallowRef } from 'vue'

import { api, result } from '@/shared/api'
import { isRefusal, Problem } from '@/shared/problem'

import type { DisplayBoard } from './announcing'

/** Least time between two questions, and the longest pause while nobody answers. */
const SPACING_MS = 250
const PAUSE_MS = 1_000
const PAUSE_MAX_MS = 15_000

/**
 * The hall's board by its key, asked for again and again: the server answers when there is something new. Without a
 * network it goes on trying. `refused`: the server's sentence for a key that opens nothing.
 */
export function useBoard(key: Ref<string | null>): {
  board: ShallowRef<DisplayBoard | null>
  lost: Readonly<Ref<boolean>>
  refused: Readonly<Ref<string>>
} {
  const board = shallowRef<DisplayBoard | null>(null)
  const lost = ref(false)
  const refused = ref('')
  let turn = 0
  let wake: () => void = () => undefined

  function pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  async function follow(displayKey: string): Promise<void> {
    turn += 1
    const own = turn
    let failures = 0
    while (own === turn) {
      // After a failure at once, whatever is shown: it may be old.
      const seen = failures > 0 ? null : (board.value?.revision ?? null)
      let pauseMs = SPACING_MS
      try {
        const answer = await result(api.POST('/api/v1/display/board', { body: { display_key: displayKey, seen } }))
        if (own !== turn) return
        board.value = answer
        failures = 0
        lost.value = false
      } catch (error) {
        if (!isRefusal(error)) throw error
        if (own !== turn) return
        if (error instanceof Problem && error.code === 'display_unknown') {
          refused.value = error.message
          board.value = null
          return
        }
        lost.value = true
        pauseMs = Math.min(PAUSE_MAX_MS, PAUSE_MS * 2 ** failures)
        failures += 1
      }
      await pause(pauseMs)
    }
  }

  watch(
    key,
    (now) => {
      turn += 1
      board.value = null
      lost.value = false
      if (now === null) return
      refused.value = ''
      void follow(now)
    },
    { immediate: true },
  )
  const online = (): void => wake()
  window.addEventListener('online', online)
  onScopeDispose(() => {
    turn += 1
    window.removeEventListener('online', online)
  })
  return { board, lost: readonly(lost), refused: readonly(refused) }
}
