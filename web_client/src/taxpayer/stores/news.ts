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

  function clear(): void {
    current.value = null
  }

  return { current, tell, clear }
})
