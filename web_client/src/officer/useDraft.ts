import { ref, watch, type Ref } from 'vue'

import { shelfOf } from '@/shared/shelf'

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

/** What is being written under a name, kept on this machine until it was sent or the officer signs out. */
export function useDraft(name: () => string): Ref<string> {
  const typed = ref('')
  watch(
    name,
    (now) => {
      typed.value = shelfOf(now, isText).find()?.content ?? ''
    },
    { immediate: true },
  )
  watch(typed, (text) => {
    const shelf = shelfOf(name(), isText)
    if (text === '') shelf.forget()
    else shelf.keep({ version: 0, content: text })
  })
  return typed
}
