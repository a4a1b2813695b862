import { computed, onScopeDispose, ref, type ComputedRef, type Ref } from 'vue'

import { useFailure } from '@/shared/failure'
import { Problem } from '@/shared/problem'

import { socket } from './socket'
import { useTickets } from './stores/tickets'
import type { TicketView } from './ticketOrder'

/** One ticket of a page, also one that has ended or that was opened by its address. */
export function useTicket(ticketId: () => string): {
  ticket: ComputedRef<TicketView | null>
  failure: Ref<string>
  notFound: Ref<boolean>
  load: () => Promise<void>
} {
  const tickets = useTickets()
  const { sentence, refusalOf } = useFailure()
  const failure = ref('')
  const notFound = ref(false)
  const ticket = computed(() => tickets.byId.get(ticketId()) ?? null)

  async function load(): Promise<void> {
    failure.value = ''
    try {
      await tickets.watch(ticketId())
      notFound.value = false
    } catch (error) {
      const refusal = refusalOf(error)
      notFound.value = refusal instanceof Problem && [400, 403, 404, 422].includes(refusal.status)
      failure.value = sentence(refusal)
    }
  }

  onScopeDispose(socket.onConnected(() => void load()))
  return { ticket, failure, notFound, load }
}
