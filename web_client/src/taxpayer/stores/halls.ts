import { defineStore } from 'pinia'
import { computed, ref, shallowReactive } from 'vue'

import { clock } from '@/shared/clock'
import { frozenBy, HALL_FROZEN, laterMood, provenBy, type HallChanged } from '@/shared/hallMood'
import { Problem } from '@/shared/problem'

/** Whether the halls of this page's tickets work: pushes say so, and refusals that came before them. */
export const useHalls = defineStore('halls', () => {
  const byId = shallowReactive(new Map<string, HallChanged>())
  /** Not even the tickets could be read, so that it is not known which hall is frozen. */
  const unread = ref(false)
  const anyFrozen = computed(() => unread.value || [...byId.values()].some((hall) => hall.mood === 'frozen'))

  function take(change: HallChanged): void {
    byId.set(change.hall_id, laterMood(byId.get(change.hall_id), change))
    if (change.mood !== 'frozen') unread.value = false
  }

  /** A view of a ticket of the hall came. */
  function proven(hallId: string, atMs: number): void {
    const hall = provenBy(byId.get(hallId), atMs)
    if (hall !== undefined) byId.set(hallId, hall)
  }

  /** The answer to something asked of a hall: what it refuses tells how it is. `hallId` is none where nobody knows. */
  async function listen<R>(hallId: string | null, answer: Promise<R>): Promise<R> {
    try {
      const given = await answer
      if (hallId === null) unread.value = false
      return given
    } catch (error) {
      if (error instanceof Problem && error.code === HALL_FROZEN) {
        if (hallId === null) unread.value = true
        else byId.set(hallId, frozenBy(byId.get(hallId), hallId, clock.nowMs()))
      }
      throw error
    }
  }

  function isFrozen(hallId: string): boolean {
    return byId.get(hallId)?.mood === 'frozen'
  }

  function isClosed(hallId: string): boolean {
    return byId.get(hallId)?.mood === 'closed'
  }

  /** After a connect a hall that is closed is told again; what held before the break may hold no more. */
  function reconnected(): void {
    for (const [hallId, hall] of byId) if (hall.mood === 'closed') byId.delete(hallId)
  }

  function forget(): void {
    byId.clear()
    unread.value = false
  }

  return { byId, anyFrozen, take, proven, listen, isFrozen, isClosed, reconnected, forget }
})
