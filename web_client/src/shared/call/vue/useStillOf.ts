import { shallowRef, watch, type ShallowRef } from 'vue'

import { clock } from '@/shared/clock'
import { laterView } from '@/shared/laterView'
import { isRefusal } from '@/shared/problem'
import type { Reconnects } from '@/shared/useLoaded'

import type { StillView } from '../still'

/** The still picture of the case whose call is on this page: asked for when the call begins and after each break. */
export function useStillOf(
  socket: Reconnects,
  caseId: () => string | null,
  load: (caseId: string) => Promise<StillView>,
): { readonly latest: Readonly<ShallowRef<StillView | null>>; readonly take: (view: StillView) => void } {
  const latest = shallowRef<StillView | null>(null)

  function take(view: StillView): void {
    if (view.case_id !== caseId()) return
    clock.observe(view.at_ms)
    latest.value = laterView(latest.value, view)
  }

  async function refresh(): Promise<void> {
    const asked = caseId()
    if (asked === null) return
    try {
      take(await load(asked))
    } catch (error) {
      // The next connect asks again.
      if (!isRefusal(error)) throw error
    }
  }

  watch(
    caseId,
    () => {
      latest.value = null
      void refresh()
    },
    { immediate: true },
  )
  socket.onConnected(() => void refresh())
  return { latest, take }
}
