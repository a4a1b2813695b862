import { onBeforeUnmount, onMounted, ref, type Ref } from 'vue'

/** What comes into sight next is near already. */
const MARGIN = '400px 0px'

const told = new WeakMap<Element, (isNear: boolean) => void>()
const observer =
  typeof IntersectionObserver === 'undefined'
    ? null
    : new IntersectionObserver(
        (entries) => {
          for (const entry of entries) told.get(entry.target)?.(entry.isIntersecting)
        },
        { rootMargin: MARGIN },
      )

/** Whether the element is in sight or about to be: of a long list, only what is near has to tick. */
export function useNear(element: Readonly<Ref<HTMLElement | null>>): Readonly<Ref<boolean>> {
  const near = ref(observer === null)
  onMounted(() => {
    if (observer === null || element.value === null) return
    told.set(element.value, (isNear) => {
      near.value = isNear
    })
    observer.observe(element.value)
  })
  onBeforeUnmount(() => {
    if (element.value !== null) observer?.unobserve(element.value)
  })
  return near
}
