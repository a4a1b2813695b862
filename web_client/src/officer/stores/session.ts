import { defineStore } from 'pinia'
import { shallowRef } from 'vue'

import type { components } from '@/generated/schema'
import { api, Problem, result } from '@/shared/api'
import { clearShelf } from '@/shared/shelf'

import type { OfficerView } from '../board'
import { socket } from '../socket'

export type Enrolment = components['schemas']['EnrolmentView']
type Enrolled = components['schemas']['OfficerEnrolled']

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

  /** The steps that may come after the password, each with the challenge of the refusal before. */
  async function showCode(challenge: string, code: string): Promise<void> {
    officer.value = await result(api.POST('/api/v1/officer/session/code', { body: { challenge, code } }))
  }

  async function choosePassword(challenge: string, newPassword: string): Promise<void> {
    const body = { challenge, new_password: newPassword }
    officer.value = await result(api.POST('/api/v1/officer/session/password', { body }))
  }

  function beginEnrolment(challenge: string): Promise<Enrolment> {
    return result(api.POST('/api/v1/officer/session/enrolment', { body: { challenge } }))
  }

  /** Signed in from then on; answers with who is, since the recovery codes are to be read before the page is left. */
  function finishEnrolment(challenge: string, code: string): Promise<Enrolled> {
    return result(api.POST('/api/v1/officer/session/enrolment/code', { body: { challenge, code } }))
  }

  function enter(signedIn: OfficerView): void {
    officer.value = signedIn
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

  return { officer, restore, signIn, showCode, choosePassword, beginEnrolment, finishEnrolment, enter, signOut, forget }
})
