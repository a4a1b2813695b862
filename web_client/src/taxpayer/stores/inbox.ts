import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'

import type { components } from '@/generated/schema'
import { api, result } from '@/shared/api'
import { isRefusal } from '@/shared/problem'

type InboxState = components['schemas']['InboxState']
export type NotificationView = components['schemas']['NotificationView']

const PAGE = 30

/** What the taxpayer was told, and how much of it is unread. */
export const useInbox = defineStore('inbox', () => {
  const state = shallowRef<InboxState | null>(null)
  const items = shallowRef<readonly NotificationView[] | null>(null)
  const cursor = shallowRef<string | null>(null)
  const unread = computed(() => state.value?.unread ?? 0)

  function take(next: InboxState): void {
    if (state.value === null || next.version >= state.value.version) state.value = next
  }

  async function load(from: string | null = null): Promise<void> {
    const query = { limit: PAGE, ...(from === null ? {} : { cursor: from }) }
    const page = await result(api.GET('/api/v1/taxpayer/inbox', { params: { query } }))
    take(page.inbox)
    items.value = from === null ? page.notifications : [...(items.value ?? []), ...page.notifications]
    cursor.value = page.next_cursor
  }

  /** For the badge, and the list where a page shows it. */
  async function loadQuietly(): Promise<void> {
    try {
      await load()
    } catch (error) {
      if (!isRefusal(error)) throw error
    }
  }

  async function readAll(): Promise<void> {
    const last = state.value?.last_number ?? 0
    if (unread.value === 0) return
    try {
      take(await result(api.PUT('/api/v1/taxpayer/inbox/read', { body: { number: last } })))
    } catch (error) {
      if (!isRefusal(error)) throw error
    }
  }

  function forget(): void {
    state.value = null
    items.value = null
    cursor.value = null
  }

  return { state, items, cursor, unread, take, load, loadQuietly, readAll, forget }
})
