import { defineStore } from 'pinia'
import { shallowReactive } from 'vue'

import type { components } from '@/generated/schema'

export type Flag = components['schemas']['FaultBody']

/** What an officer marked as wrong and did not send yet, by case; it lives as long as the page of the browser. */
export const useFlags = defineStore('flags', () => {
  const byCase = shallowReactive(new Map<string, readonly Flag[]>())

  function of(caseId: string): readonly Flag[] {
    return byCase.get(caseId) ?? []
  }

  /** One flag a field; the whole form is a field without a name. */
  function put(caseId: string, flag: Flag): void {
    byCase.set(caseId, [...of(caseId).filter((one) => !isAt(one, flag)), flag])
  }

  function drop(caseId: string, flag: Flag): void {
    byCase.set(caseId, of(caseId).filter((one) => !isAt(one, flag)))
  }

  return { of, put, drop, forget: (caseId: string) => byCase.delete(caseId) }
})

function isAt(one: Flag, other: Flag): boolean {
  return one.form_id === other.form_id && one.field === other.field
}
