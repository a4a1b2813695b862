import { type ShallowRef } from 'vue'

/** Rows of a list by keyboard: on from the one that has the focus, or from the one that is open. */
export function useRows(
  page: Readonly<ShallowRef<HTMLElement | null>>,
  selector: string,
): { step: (by: number) => void; focusOpen: () => void } {
  function rows(): HTMLElement[] {
    return Array.from(page.value?.querySelectorAll<HTMLElement>(selector) ?? [])
  }

  function openAt(all: readonly HTMLElement[]): number {
    return all.findIndex((row) => row.getAttribute('aria-current') === 'true')
  }

  function step(by: number): void {
    const all = rows()
    const focused = all.findIndex((row) => row === document.activeElement)
    const from = focused >= 0 ? focused : openAt(all)
    const next = from < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, from + by))
    all[next]?.focus()
  }

  function focusOpen(): void {
    const all = rows()
    all[Math.max(0, openAt(all))]?.focus()
  }

  return { step, focusOpen }
}
