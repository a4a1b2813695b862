import { defineStore } from 'pinia'
import { shallowRef } from 'vue'

import type { components } from '@/generated/schema'
import { api, result } from '@/shared/api'
import { isRefusal } from '@/shared/problem'

import { newRequestId } from '../request_id'

export type QuickReply = components['schemas']['QuickReply']

/** The hall's quick replies, then the officer's own. */
export const useReplies = defineStore('replies', () => {
  const list = shallowRef<readonly QuickReply[]>([])

  /** What is known stays where they cannot be asked for now. */
  async function load(): Promise<void> {
    try {
      list.value = (await result(api.GET('/api/v1/officer/quick-replies'))).replies
    } catch (error) {
      if (!isRefusal(error)) throw error
    }
  }

  /** One of the officer's own, the last in the list. Raises Problem and NetworkError. */
  async function add(text: string): Promise<void> {
    const own = list.value.filter((one) => !one.shared)
    const place = Math.min(1_000, Math.max(0, ...own.map((one) => one.place + 1)))
    const params = { header: { 'Idempotency-Key': newRequestId() } }
    const added = await result(api.POST('/api/v1/officer/quick-replies', { params, body: { text, shared: false, place } }))
    list.value = added.replies
  }

  /** Raises Problem and NetworkError. */
  async function remove(replyId: string): Promise<void> {
    const params = { path: { reply_id: replyId } }
    list.value = (await result(api.DELETE('/api/v1/officer/quick-replies/{reply_id}', { params }))).replies
  }

  return { list, load, add, remove }
})
