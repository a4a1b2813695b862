import { onScopeDispose, ref, shallowRef, watch, type Ref, type ShallowRef } from 'vue'

import type { components } from '@/generated/schema'
import { api, result } from '@/shared/api'
import { useFailure } from '@/shared/failure'

import { socket } from '../socket'
import { anew, withMessage, withPage, withRead, type ConversationSummary } from './listing'

export interface Wanted {
  readonly search: string
  readonly onlyUnread: boolean
}

const PAGE = 50
/** New conversations that come together are asked for once. */
const TOGETHER_MS = 300

/** The hall's conversations, a page more at a time, live; asked for anew when `wanted` changes and after a reconnect. */
export function useConversations(wanted: () => Wanted): {
  list: ShallowRef<readonly ConversationSummary[] | null>
  hasMore: Ref<boolean>
  failure: Ref<string>
  busy: Ref<boolean>
  more: () => Promise<void>
  reload: () => Promise<void>
} {
  const { sentence, refusalOf } = useFailure()
  const list = shallowRef<readonly ConversationSummary[] | null>(null)
  const hasMore = ref(false)
  const failure = ref('')
  const busy = ref(false)
  let cursor: string | null = null
  let pages = 1
  let asked = 0
  let soon: ReturnType<typeof setTimeout> | undefined

  function page(after: string | null): Promise<components['schemas']['ConversationList']> {
    const { search, onlyUnread } = wanted()
    const query = {
      limit: PAGE,
      ...(onlyUnread ? { state: 'unread' as const } : {}),
      ...(search === '' ? {} : { search }),
      ...(after === null ? {} : { cursor: after }),
    }
    return result(api.GET('/api/v1/officer/conversations', { params: { query } }))
  }

  /** Of two questions the answer to the later one counts. */
  async function asking(load: (isLatest: () => boolean) => Promise<void>): Promise<void> {
    asked += 1
    const own = asked
    busy.value = true
    try {
      await load(() => own === asked)
      if (own === asked) failure.value = ''
    } catch (error) {
      const refusal = refusalOf(error)
      if (own === asked) failure.value = sentence(refusal)
    } finally {
      if (own === asked) busy.value = false
    }
  }

  /** As many pages as are shown. */
  async function reload(): Promise<void> {
    await asking(async (isLatest) => {
      const found: ConversationSummary[] = []
      let next: string | null = null
      for (let number = 0; number < pages; number += 1) {
        const answer = await page(next)
        if (!isLatest()) return
        found.push(...answer.conversations)
        next = answer.next_cursor
        if (next === null) break
      }
      cursor = next
      list.value = anew(list.value ?? [], found)
      hasMore.value = next !== null
    })
  }

  async function more(): Promise<void> {
    if (cursor === null || busy.value) return
    await asking(async (isLatest) => {
      const answer = await page(cursor)
      if (!isLatest()) return
      pages += 1
      cursor = answer.next_cursor
      list.value = withPage(list.value ?? [], answer.conversations)
      hasMore.value = cursor !== null
    })
  }

  /** One that is not in the list is asked for with the first page; what was searched for is left as it is. */
  function learnOfNew(): void {
    if (soon !== undefined || wanted().search !== '') return
    soon = setTimeout(() => {
      soon = undefined
      void asking(async (isLatest) => {
        const answer = await page(null)
        if (isLatest()) list.value = withPage(list.value ?? [], answer.conversations)
      })
    }, TOGETHER_MS)
  }

  watch(wanted, (now, before) => {
    if (now.search === before.search && now.onlyUnread === before.onlyUnread) return
    pages = 1
    list.value = null
    void reload()
  })
  onScopeDispose(
    socket.on('conversation.message', (came) => {
      if (list.value === null) return
      const next = withMessage(list.value, came)
      if (next === null) learnOfNew()
      else list.value = next
    }),
  )
  onScopeDispose(
    socket.on('conversation.read', ({ conversation }) => {
      if (list.value !== null) list.value = withRead(list.value, conversation)
    }),
  )
  onScopeDispose(() => clearTimeout(soon))
  onScopeDispose(socket.onConnected(() => void reload()))
  if (socket.state.value !== 'connected') void reload()
  return { list, hasMore, failure, busy, more, reload }
}
