import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'

import { laterMood, type HallChanged } from '@/shared/hallMood'

import { socket } from '../socket'

/** Whether the officer's hall works, as the server last told it. */
export const useHall = defineStore('hall', () => {
  const known = shallowRef<HallChanged>()
  const mood = computed(() => known.value?.mood ?? 'open')

  function take(change: HallChanged): void {
    known.value = laterMood(known.value, change)
  }

  /** At every connect: a hall that does not work is told anew. */
  function forget(): void {
    known.value = undefined
  }

  socket.on('hall.changed', take)

  return { mood, take, forget }
})
