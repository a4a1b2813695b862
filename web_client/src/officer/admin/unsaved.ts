/** What was written and not saved yet: nobody loses it by one press. */
import { computed, onScopeDispose, reactive, ref, watch, type ComputedRef, type Ref } from 'vue'

const unsaved = reactive(new Set<symbol>())

/** Whether a form of the page has something that is not saved. */
export const hasUnsaved: ComputedRef<boolean> = computed(() => unsaved.size > 0)

export function forgetUnsaved(): void {
  unsaved.clear()
}

const onUnload = (event: BeforeUnloadEvent): void => {
  if (unsaved.size > 0) event.preventDefault()
}
window.addEventListener('beforeunload', onUnload)

export interface Draft<T> {
  readonly value: Ref<T>
  readonly dirty: ComputedRef<boolean>
  /** What the server has is what the form begins with again. */
  readonly reset: () => void
  /** What is written is saved, or given up: from now on the form follows the server. */
  readonly accept: () => void
}

/** A form's content, begun from what the server has: it follows that for as long as nobody has written anything. */
export function useDraft<T>(source: () => T): Draft<T> {
  const own = Symbol('form')
  const begun = ref(JSON.stringify(source()))
  const value = ref(JSON.parse(begun.value) as T) as Ref<T>
  const dirty = computed(() => JSON.stringify(value.value) !== begun.value)
  function reset(): void {
    begun.value = JSON.stringify(source())
    value.value = JSON.parse(begun.value) as T
  }
  function accept(): void {
    begun.value = JSON.stringify(value.value)
  }
  watch(source, () => {
    if (!dirty.value) reset()
  })
  watch(dirty, (is) => (is ? unsaved.add(own) : unsaved.delete(own)))
  onScopeDispose(() => unsaved.delete(own))
  return { value, dirty, reset, accept }
}
