/** The home page with what every page has for who is signed in: they travel as one. */
import { isRefusal } from '@/shared/problem'

import { useTickets } from './stores/tickets'

export { default as LiveParts } from './components/LiveParts.vue'
export { default as TabBar } from './components/TabBar.vue'
export { default as HomePage } from './pages/HomePage.vue'

/** Before the home page is opened. */
export async function openHome(): Promise<void> {
  try {
    await useTickets().loadAhead()
  } catch (error) {
    // It is asked again once the page follows the server.
    if (!isRefusal(error)) throw error
  }
}
