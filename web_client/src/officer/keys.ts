import { onScopeDispose, watch } from 'vue'

const openQuestions = new Set<symbol>()

/** Keys rest while `isOpen`; for the dialogs. */
export function useKeysRest(isOpen: () => boolean): void {
  const own = Symbol('question')
  watch(isOpen, (open) => (open ? openQuestions.add(own) : openQuestions.delete(own)), { immediate: true })
  onScopeDispose(() => openQuestions.delete(own))
}

/**
 * Single keys of a page, while the calling component lives. They rest while somebody writes, while a dialog is open,
 * and for combinations; Esc belongs to the dialogs.
 */
export function useKeys(keys: Readonly<Record<string, () => void>>): void {
  const onKey = (event: KeyboardEvent): void => {
    if (event.repeat || event.ctrlKey || event.metaKey || event.altKey) return
    if (isWriting(event.target) || openQuestions.size > 0) return
    const action = keys[event.key.toLowerCase()]
    if (action === undefined) return
    event.preventDefault()
    action()
  }
  window.addEventListener('keydown', onKey)
  onScopeDispose(() => window.removeEventListener('keydown', onKey))
}

function isWriting(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    target.closest('input:not([type=checkbox]), textarea, select, [contenteditable]') !== null
  )
}
