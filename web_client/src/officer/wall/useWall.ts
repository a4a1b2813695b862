import { onScopeDispose, ref, shallowRef, type Ref, type ShallowRef } from 'vue'

import { api, result } from '@/shared/api'
import { clock } from '@/shared/clock'
import { useFailure } from '@/shared/failure'

import { socket } from '../socket'
import type { WallView } from './figures'

/** Nothing of a hall is told to everybody who runs it, so it is asked for; while nothing happened the answer is empty (docs/REPORTS.md). */
const EVERY_MS = 1_000

/** The hall, kept right while the page is seen. `atMs`: when the server last said so. */
export function useWall(): { wall: ShallowRef<WallView | null>; failure: Ref<string>; atMs: Ref<number> } {
  const { sentence, refusalOf } = useFailure()
  const wall = shallowRef<WallView | null>(null)
  const failure = ref('')
  const atMs = ref(0)
  let tag: string | null = null
  let busy = false

  async function look(): Promise<void> {
    if (busy || document.visibilityState !== 'visible') return
    busy = true
    try {
      const answer = await api.GET('/api/v1/officer/wall')
      const now = await result(Promise.resolve(answer))
      const newTag = answer.response.headers.get('ETag')
      if (wall.value === null || newTag === null || newTag !== tag) wall.value = now
      tag = newTag
      atMs.value = clock.nowMs()
      failure.value = ''
    } catch (error) {
      failure.value = sentence(refusalOf(error))
    } finally {
      busy = false
    }
  }

  const timer = setInterval(() => void look(), EVERY_MS)
  const seen = (): void => void look()
  document.addEventListener('visibilitychange', seen)
  onScopeDispose(() => {
    clearInterval(timer)
    document.removeEventListener('visibilitychange', seen)
  })
  onScopeDispose(socket.onConnected(seen))
  void look()
  return { wall, failure, atMs }
}
