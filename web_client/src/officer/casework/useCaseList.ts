import { onScopeDispose, ref, shallowRef, type Ref, type ShallowRef } from 'vue'

import type { components } from '@/generated/schema'
import { useFailure } from '@/shared/failure'

import { socket } from '../socket'

export type CaseSummary = components['schemas']['CaseSummary']

export interface CaseListPage {
  readonly limit: number
  readonly cursor?: string
}

export interface ShownCases {
  readonly cases: ShallowRef<readonly CaseSummary[] | null>
  readonly hasMore: Ref<boolean>
  readonly failure: Ref<string>
  readonly busy: Ref<boolean>
  readonly more: () => Promise<void>
  readonly reload: () => Promise<void>
}

const PAGE = 20
/** Nobody is told of what others hand in or take: the list is asked for anew this often while it is looked at. */
const EVERY_MS = 5_000

/** Cases that wait for officers, a page more at a time; who has what is kept fresh. */
export function useCaseList(
  load: (page: CaseListPage) => Promise<components['schemas']['CaseSummaries']>,
): ShownCases {
  const { sentence, refusalOf } = useFailure()
  const cases = shallowRef<readonly CaseSummary[] | null>(null)
  const hasMore = ref(false)
  const failure = ref('')
  const busy = ref(false)
  let pages = 1

  async function reload(): Promise<void> {
    if (busy.value) return
    busy.value = true
    try {
      const found: CaseSummary[] = []
      let cursor: string | null = null
      for (let page = 0; page < pages; page += 1) {
        const answer: components['schemas']['CaseSummaries'] = await load({
          limit: PAGE,
          ...(cursor === null ? {} : { cursor }),
        })
        found.push(...answer.cases)
        cursor = answer.next_cursor
        if (cursor === null) break
      }
      cases.value = found
      hasMore.value = cursor !== null
      failure.value = ''
    } catch (error) {
      failure.value = sentence(refusalOf(error))
    } finally {
      busy.value = false
    }
  }

  async function more(): Promise<void> {
    pages += 1
    await reload()
  }

  const timer = setInterval(() => {
    if (document.visibilityState === 'visible') void reload()
  }, EVERY_MS)
  onScopeDispose(() => clearInterval(timer))
  onScopeDispose(socket.onConnected(() => void reload()))
  if (socket.state.value !== 'connected') void reload()
  return { cases, hasMore, failure, busy, more, reload }
}
