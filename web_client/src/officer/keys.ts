import { onScopeDispose } from 'vue'

/**
 * Single keys of a page, while the calling component lives. They rest while somebody writes, while a dialog is open,
 * and for combinations; Esc belongs to the dialogs.
 */
export function useKeys(keys: Readonly<Record<string, () => void>>): void {
  const onKey = (event: KeyboardEvent): void => {
    if (event.repeat || event.ctrlKey || event.metaKey || event.altKey) return
    if (isWriting(event.target) || isAsking()) return
    const action = keys[event.key.toLowerCase()]
    if (action === undefined) return
    event.preventDefault()
    action()
  }
  window.addEventListener('keydown', onKey)
  onScopeDispose(() => window.removeEventListener('keydown', onKey))
}

/** A closed dialog stays in the page, without a box. */
function isAsking(): boolean {
  return [...document.querySelectorAll('[role="dialog"]')].some((dialog) => dialog.getClientRects().length > 0)
}

function isWriting(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest('input:not([type=checkbox]), textarea, select, [contenteditable]') !== null
}
