import { onScopeDispose, readonly, ref, shallowRef, watch, type Ref, type ShallowRef } from 'vue'

import { useFailure } from './failure'
import { Problem } from './problem'

/** What tells that the server can be reached again. */
export interface Reconnects {
  onConnected(handler: () => void): () => void
}

export interface Loaded<T> {
  readonly value: ShallowRef<T | null>
  /** Why there is nothing, in the reader's language; empty while it is not so. */
  readonly failure: Readonly<Ref<string>>
  /** The server has no such thing, or not for this person. */
  readonly isUnknown: Readonly<Ref<boolean>>
  readonly busy: Readonly<Ref<boolean>>
  readonly reload: () => Promise<void>
}

/**
 * What a page shows of the server, of an entry with this socket: asked for at once, anew when `key` changes, and again after a reconnect where it
 * failed. Of two answers the one to the later question is kept.
 */
export function useLoadedOver<T>(socket: Reconnects, load: () => Promise<T>, key: () => unknown): Loaded<T> {
  const { sentence, refusalOf } = useFailure()
  const value = shallowRef<T | null>(null)
  const failure = ref('')
  const isUnknown = ref(false)
  const busy = ref(false)
  let asked = 0

  async function reload(): Promise<void> {
    asked += 1
    const own = asked
    busy.value = true
    failure.value = ''
    isUnknown.value = false
    try {
      const answer = await load()
      if (own === asked) value.value = answer
    } catch (error) {
      const refusal = refusalOf(error)
      if (own !== asked) return
      failure.value = sentence(refusal)
      isUnknown.value = refusal instanceof Problem && refusal.status === 404
    } finally {
      if (own === asked) busy.value = false
    }
  }

  watch(key, (now, before) => {
    if (now === before) return
    value.value = null
    void reload()
  })
  void reload()
  onScopeDispose(
    socket.onConnected(() => {
      if (failure.value !== '' && !isUnknown.value) void reload()
    }),
  )
  return { value, failure: readonly(failure), isUnknown: readonly(isUnknown), busy: readonly(busy), reload }
}
