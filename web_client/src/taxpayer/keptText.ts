import { ref, watch, type Ref } from 'vue'

import { textShelf } from '@/shared/shelf'

/**
 * What is being typed in one place, kept on this device until it was sent or wiped: a page that is loaded anew goes on
 * with it. `name` holds an id of one person's things, as a device may have several.
 */
export function useKeptText(name: string): Ref<string> {
  const shelf = textShelf(`${name}.text`)
  const text = ref(shelf.find())
  watch(text, (now) => shelf.put(now), { flush: 'sync' })
  return text
}
