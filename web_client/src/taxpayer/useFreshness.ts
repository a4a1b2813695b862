import { computed, type ComputedRef } from 'vue'

import { socket } from './socket'
import { useHalls } from './stores/halls'
import type { TicketView } from './ticketOrder'

/** Whether a ticket's figures are live: not while the connection is away, nor while its hall is built anew. */
export function useFreshness(ticket: () => TicketView): { stale: ComputedRef<boolean>; frozen: ComputedRef<boolean> } {
  const halls = useHalls()
  const { state } = socket
  const frozen = computed(() => halls.isFrozen(ticket().hall.hall_id))
  const stale = computed(() => state.value === 'lost' || frozen.value)
  return { stale, frozen }
}
