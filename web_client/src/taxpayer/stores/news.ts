import { defineStore } from 'pinia'
import { shallowRef } from 'vue'

import type { TicketNews } from '../ticketNews'
import type { TicketView } from '../ticketOrder'

/** The ticket as it was when it happened; `reopened` may have none. */
export type News =
  | { readonly kind: TicketNews; readonly ticket: TicketView }
  | { readonly kind: 'reopened'; readonly ticket: TicketView | null }

/** The one thing that is said on every page for a moment; the next one takes its place. */
export const useNews = defineStore('news', () => {
  const current = shallowRef<News | null>(null)

  function tell(news: News): void {
    current.value = news
  }

  /** What came after: a place that somebody was moved to is no news once they have left it. */
  function outlive(ticket: TicketView): void {
    const about = current.value?.ticket
    if (about?.ticket_id === ticket.ticket_id && about.state !== ticket.state) current.value = null
  }

  function clear(): void {
    current.value = null
  }

  return { current, tell, outlive, clear }
})
