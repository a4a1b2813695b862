import { ref, shallowRef, type Ref, type ShallowRef } from 'vue'

import type { components } from '@/generated/schema'
import { api, result } from '@/shared/api'
import { useFailure } from '@/shared/failure'

export type TrailEntry = components['schemas']['TrailEntry']

/** What is looked for; an empty text is anything. */
export interface Search {
  readonly fromMs: number
  readonly toMs: number
  readonly caseNumber: string
  readonly staffNumber: string
  readonly action: string
}

const PAGE = 50

/** Entries of the audit trail, a page more at a time. */
export function useTrail(): {
  entries: ShallowRef<readonly TrailEntry[] | null>
  hasMore: Ref<boolean>
  busy: Ref<boolean>
  failure: Ref<string>
  search: (wanted: Search) => Promise<void>
  more: () => Promise<void>
} {
  const { sentence, refusalOf } = useFailure()
  const entries = shallowRef<readonly TrailEntry[] | null>(null)
  const hasMore = ref(false)
  const busy = ref(false)
  const failure = ref('')
  let asked: Search | null = null
  let cursor: string | null = null
  let turn = 0

  async function read(own: number, wanted: Search, before: readonly TrailEntry[]): Promise<void> {
    busy.value = true
    failure.value = ''
    const query = {
      limit: PAGE,
      from_ms: wanted.fromMs,
      to_ms: wanted.toMs,
      ...(wanted.caseNumber === '' ? {} : { case_number: wanted.caseNumber }),
      ...(wanted.staffNumber === '' ? {} : { staff_number: wanted.staffNumber }),
      ...(wanted.action === '' ? {} : { action: wanted.action }),
      ...(cursor === null ? {} : { cursor }),
    }
    try {
      const page = await result(api.GET('/api/v1/officer/audit', { params: { query } }))
      if (own !== turn) return
      entries.value = [...before, ...page.entries]
      cursor = page.next_cursor
      hasMore.value = cursor !== null
    } catch (error) {
      const refusal = refusalOf(error)
      if (own === turn) failure.value = sentence(refusal)
    } finally {
      if (own === turn) busy.value = false
    }
  }

  async function search(wanted: Search): Promise<void> {
    asked = wanted
    cursor = null
    hasMore.value = false
    turn += 1
    await read(turn, wanted, [])
  }

  async function more(): Promise<void> {
    if (asked !== null && !busy.value) await read(turn, asked, entries.value ?? [])
  }

  return { entries, hasMore, busy, failure, search, more }
}
