import { onScopeDispose } from 'vue'

import { Problem } from '@/shared/problem'
import type { Loaded } from '@/shared/useLoaded'

import { socket } from '../socket'
import { useSession } from '../stores/session'
import { useLoaded } from '../useLoaded'
import { seeMaterial, type Material } from './material'

export type Seen = Material | 'none'

/**
 * A case with its forms and pictures: `none` of a consult, and for who does no casework. Asked for anew when something
 * happened to the case, which its conversation says, and after a reconnect.
 */
export function useMaterial(caseId: () => string, isConsult: () => boolean): Loaded<Seen> {
  const session = useSession()
  const loaded = useLoaded<Seen>(
    async () => {
      const roles = session.officer?.roles ?? []
      const sees = roles.includes('officer') || roles.includes('supervisor')
      if (isConsult() || !sees) return 'none'
      try {
        return await seeMaterial(caseId())
      } catch (error) {
        if (error instanceof Problem && error.status === 404) return 'none'
        throw error
      }
    },
    () => `${caseId()} ${String(isConsult())}`,
  )
  onScopeDispose(
    socket.on('conversation.message', ({ message }) => {
      if (message.case_id === caseId() && message.sender === 'system') void loaded.reload()
    }),
  )
  let isFirst = true
  onScopeDispose(
    socket.onConnected(() => {
      if (!isFirst) void loaded.reload()
      isFirst = false
    }),
  )
  return loaded
}
