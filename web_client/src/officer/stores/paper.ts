import { defineStore } from 'pinia'
import { ref, shallowRef } from 'vue'

import { api, result } from '@/shared/api'
import { NetworkError } from '@/shared/problem'

import type { PaperClass, PaperTicket, Slip, Visit } from '../paper'
import { newRequestId } from '../request_id'

const PAGE_SIZE = 20

/** A ticket that is asked for: of a class, or of a visit that was booked. */
export interface PaperWish {
  readonly line_id: string
  readonly priority: PaperClass
  readonly booking_number: string | null
}

/** The reception's tickets on paper of today. Every method raises Problem and NetworkError. */
export const usePaper = defineStore('paper', () => {
  const tickets = shallowRef<readonly PaperTicket[]>([])
  const nextCursor = ref<string | null>(null)
  /** The one on the slip. Its code is shown while the slip is, and is kept nowhere. */
  const slip = shallowRef<Slip | null>(null)
  const busy = ref(false)
  /** Kept while an answer is missing: pressing again then prints the same ticket, not one more. */
  const unanswered = new Map<string, string>()

  async function making<T>(wish: unknown, make: (key: string) => Promise<T>): Promise<T> {
    const name = JSON.stringify(wish)
    const key = unanswered.get(name) ?? newRequestId()
    unanswered.clear()
    busy.value = true
    try {
      return await make(key)
    } catch (error) {
      if (error instanceof NetworkError) unanswered.set(name, key)
      throw error
    } finally {
      busy.value = false
    }
  }

  async function refresh(): Promise<void> {
    const page = await result(api.GET('/api/v1/officer/paper-tickets', { params: { query: { limit: PAGE_SIZE } } }))
    tickets.value = page.tickets
    nextCursor.value = page.next_cursor
  }

  let following = false

  /** Something moved in the hall: ask again, one request at a time. Raises as `refresh`. */
  async function follow(): Promise<void> {
    if (following) return
    following = true
    try {
      await refresh()
    } finally {
      following = false
    }
  }

  async function more(): Promise<void> {
    const cursor = nextCursor.value
    if (cursor === null) return
    const query = { limit: PAGE_SIZE, cursor }
    const page = await result(api.GET('/api/v1/officer/paper-tickets', { params: { query } }))
    tickets.value = [...tickets.value, ...page.tickets]
    nextCursor.value = page.next_cursor
  }

  async function issue(wish: PaperWish): Promise<void> {
    slip.value = await making(wish, (key) =>
      result(
        api.POST('/api/v1/officer/paper-tickets', { params: { header: { 'Idempotency-Key': key } }, body: wish }),
      ),
    )
    await refresh()
  }

  async function reprint(ticketId: string): Promise<void> {
    const path = { ticket_id: ticketId }
    slip.value = await making(path, (key) =>
      result(
        api.POST('/api/v1/officer/paper-tickets/{ticket_id}/reprint', {
          params: { path, header: { 'Idempotency-Key': key } },
        }),
      ),
    )
    await refresh()
  }

  async function cancel(ticketId: string): Promise<void> {
    busy.value = true
    try {
      await result(
        api.DELETE('/api/v1/officer/paper-tickets/{ticket_id}', { params: { path: { ticket_id: ticketId } } }),
      )
    } finally {
      busy.value = false
    }
    if (slip.value?.ticket.ticket_id === ticketId) slip.value = null
    await refresh()
  }

  /** Today's visit under that booking number, none where there is none. */
  async function visit(bookingNumber: string): Promise<Visit | null> {
    const body = { booking_number: bookingNumber, certificate_type: null, certificate_number: null }
    const found = await result(api.POST('/api/v1/officer/visits/search', { body }))
    return found.visits[0] ?? null
  }

  return { tickets, nextCursor, slip, busy, refresh, follow, more, issue, reprint, cancel, visit }
})
