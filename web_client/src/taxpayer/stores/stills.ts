import { defineStore } from 'pinia'
import { computed } from 'vue'

import { api, result } from '@/shared/api'
import type { StillView } from '@/shared/call/still'
import { useStillOf } from '@/shared/call/vue/useStillOf'

import { socket } from '../socket'
import { useCall } from './call'

/** The still picture that the officer asks for in the call of this page (S35). */
export const useStills = defineStore('stills', () => {
  const call = useCall()
  /** Another page of the same person has no camera open: the one in the call asks. */
  const caseId = computed(() => (call.active && call.snapshot.phase !== 'moved' ? (call.snapshot.call?.case_id ?? null) : null))
  const { latest, take } = useStillOf(socket, () => caseId.value, ofCase)

  /** The latest request of a case, also after its call. Raises Problem and NetworkError. */
  function ofCase(id: string): Promise<StillView> {
    return result(api.GET('/api/v1/taxpayer/cases/{case_id}/still', { params: { path: { case_id: id } } }))
  }

  /** Raises Problem and NetworkError. */
  async function answer(view: StillView, what: 'consent' | 'refuse'): Promise<void> {
    const named = { case_id: view.case_id, request_id: view.request?.request_id ?? '' }
    take(await (what === 'consent' ? socket.command('still.consent', named) : socket.command('still.refuse', named)))
  }

  socket.on('still.changed', take)

  return { latest, ofCase, answer }
})
