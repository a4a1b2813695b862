import { onScopeDispose, shallowRef, type ShallowRef } from 'vue'

import type { CallEngine } from '../engine'
import type { CallSnapshot } from '../types'

/** The engine's snapshot as a reactive value, while the calling scope lives. */
export function useCallSnapshot(engine: CallEngine): Readonly<ShallowRef<CallSnapshot>> {
  const snapshot = shallowRef(engine.snapshot)
  onScopeDispose(
    engine.subscribe((next) => {
      snapshot.value = next
    }),
  )
  return snapshot
}
