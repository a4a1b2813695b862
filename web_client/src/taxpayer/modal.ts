import { onScopeDispose, watch } from 'vue'

interface Modal {
  close: () => void
  opener: Element | null
}

const open: Modal[] = []

function onKey(event: KeyboardEvent): void {
  if (event.key !== 'Escape') return
  event.preventDefault()
  open.at(-1)?.close()
}

/** Sheets and dialogs stand beside the page, in the body: the page rests while one is open. */
function rest(): void {
  document.getElementById('app')?.toggleAttribute('inert', open.length > 0)
}

function enter(modal: Modal): void {
  modal.opener = document.activeElement
  if (open.length === 0) window.addEventListener('keydown', onKey)
  open.push(modal)
  rest()
}

function leave(modal: Modal): void {
  const at = open.indexOf(modal)
  if (at < 0) return
  open.splice(at, 1)
  if (open.length === 0) window.removeEventListener('keydown', onKey)
  rest()
  if (modal.opener instanceof HTMLElement && modal.opener.isConnected) modal.opener.focus({ preventScroll: true })
}

/**
 * While `isOpen`: the focus stays out of the page, Esc closes (the uppermost one only), and afterwards the focus is
 * where it was. `close` says no where nothing may be closed.
 */
export function useModal(isOpen: () => boolean, close: () => void): void {
  const modal: Modal = { close, opener: null }
  watch(isOpen, (now) => (now ? enter(modal) : leave(modal)), { immediate: true })
  onScopeDispose(() => leave(modal))
}
