import { onScopeDispose, ref, watch, type Ref } from 'vue'

import { textShelf } from '@/shared/shelf'

/**
 * What is being typed in one place, kept on this device until it was sent or wiped: a page that is loaded anew goes on
 * with it, and so do other tabs, so that what one of them sent does not stand in another one. `name` holds an id of one
 * person's things, as a device may have several.
 */
export function useKeptText(name: string): Ref<string> {
  const shelf = textShelf(`${name}.text`)
  const text = ref(shelf.find())
  watch(
    text,
    (now) => {
      // What came from the shelf is not put back: the other tab may be further on by now.
      if (now !== shelf.find()) shelf.put(now)
    },
    { flush: 'sync' },
  )
  onScopeDispose(shelf.onPutElsewhere(() => (text.value = shelf.find())))
  return text
}
