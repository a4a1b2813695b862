import { defineStore } from 'pinia'
import { shallowRef } from 'vue'

import type { components } from '@/generated/schema'
import { api, result } from '@/shared/api'
import { isRefusal } from '@/shared/problem'

import { later } from '../board'
import { socket } from '../socket'

export type Waiting = components['schemas']['Waiting']

/** Nobody is told of forms that are handed in: the counts are asked for anew this often while they are looked at. */
const EVERY_MS = 10_000
/** Messages that come together are counted once. */
const TOGETHER_MS = 500

/** What waits for the officer, for the rail's badges: asked for while somebody is signed in, anew after each message. */
export const useWaiting = defineStore('waiting', () => {
  const counts = shallowRef<Waiting | null>(null)
  let soon: ReturnType<typeof setTimeout> | undefined

  async function refresh(): Promise<void> {
    try {
      counts.value = later(counts.value, await result(api.GET('/api/v1/officer/waiting')))
    } catch (error) {
      // What was known stays; the next connect or the next time asks again.
      if (!isRefusal(error)) throw error
    }
  }

  function refreshSoon(): void {
    if (soon !== undefined) return
    soon = setTimeout(() => {
      soon = undefined
      void refresh()
    }, TOGETHER_MS)
  }

  /** Follow the counts for as long as the console is open. Returns the way to stop it. */
  function follow(): () => void {
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') void refresh()
    }, EVERY_MS)
    const stops = [
      socket.onConnected(() => void refresh()),
      socket.on('conversation.message', refreshSoon),
      socket.on('conversation.read', refreshSoon),
      () => clearInterval(timer),
      () => {
        clearTimeout(soon)
        soon = undefined
        counts.value = null
      },
    ]
    return () => stops.forEach((stop) => stop())
  }

  return { counts, refresh, follow }
})
