import { onScopeDispose, ref, shallowRef, type Ref, type ShallowRef } from 'vue'

import { useFailure } from '@/shared/failure'

import { socket } from './socket'

export interface Page<T> {
  readonly items: readonly T[]
  readonly next: string | null
}

/** A list of the server that comes a page at a time; after a reconnect what failed is asked for again. */
export function usePages<T>(load: (from: { cursor?: string }) => Promise<Page<T>>): {
  items: ShallowRef<readonly T[] | null>
  cursor: Ref<string | null>
  failure: Ref<string>
  busy: Ref<boolean>
  more: () => Promise<void>
  reload: () => Promise<void>
} {
  const { sentence, refusalOf } = useFailure()
  const items = shallowRef<readonly T[] | null>(null)
  const cursor = ref<string | null>(null)
  const failure = ref('')
  const busy = ref(false)

  async function ask(from: string | null): Promise<void> {
    if (busy.value) return
    busy.value = true
    failure.value = ''
    try {
      const page = await load(from === null ? {} : { cursor: from })
      items.value = from === null ? page.items : [...(items.value ?? []), ...page.items]
      cursor.value = page.next
    } catch (error) {
      failure.value = sentence(refusalOf(error))
    } finally {
      busy.value = false
    }
  }

  void ask(null)
  onScopeDispose(
    socket.onConnected(() => {
      if (failure.value !== '') void ask(items.value === null ? null : cursor.value)
    }),
  )
  return { items, cursor, failure, busy, more: () => ask(cursor.value), reload: () => ask(null) }
}
