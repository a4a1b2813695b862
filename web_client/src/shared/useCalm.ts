import { onScopeDispose, readonly, ref, watch, type Ref } from 'vue'

/** A value for screen readers: it follows at once, but not more often than that, and ends at the latest. */
export function useCalm<T extends string | number>(value: () => T, everyMs: number): Readonly<Ref<T>> {
  const calm = ref(value()) as Ref<T>
  let timer: ReturnType<typeof setTimeout> | undefined

  function follow(): void {
    timer = undefined
    if (calm.value === value()) return
    calm.value = value()
    timer = setTimeout(follow, everyMs)
  }

  watch(value, () => {
    if (timer === undefined) follow()
  })
  onScopeDispose(() => clearTimeout(timer))
  return readonly(calm) as Readonly<Ref<T>>
}
