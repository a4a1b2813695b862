import { defineStore } from 'pinia'
import { shallowRef } from 'vue'

import { api, Problem, result } from '@/shared/api'
import { clearShelf } from '@/shared/shelf'

import type { OfficerView } from '../board'
import { socket } from '../socket'

/** Who is logged in. The session itself is a cookie that scripts cannot read. */
export const useSession = defineStore('session', () => {
  const officer = shallowRef<OfficerView | null>(null)

  /** Ask who is logged in: true if somebody is. Raises NetworkError where no answer came. */
  async function restore(): Promise<boolean> {
    try {
      officer.value = await result(api.GET('/api/v1/officer/session'))
      return true
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 401) throw error
      officer.value = null
      return false
    }
  }

  async function signIn(staffNumber: string, password: string): Promise<void> {
    const body = { staff_number: staffNumber, password }
    officer.value = await result(api.POST('/api/v1/officer/session', { body }))
  }

  async function signOut(): Promise<void> {
    await result(api.DELETE('/api/v1/officer/session'))
    clearShelf()
    forget()
  }

  function forget(): void {
    socket.close()
    officer.value = null
  }

  return { officer, restore, signIn, signOut, forget }
})
