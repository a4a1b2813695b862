/** The number on the icon of an installed page; most browsers have none, and the title says the same. */
interface Badged {
  setAppBadge?: (count: number) => Promise<void>
  clearAppBadge?: () => Promise<void>
}

export function hasAppBadge(): boolean {
  return 'setAppBadge' in navigator
}

export async function showAppBadge(count: number): Promise<void> {
  const { setAppBadge, clearAppBadge } = navigator as Badged
  try {
    if (count > 0) await setAppBadge?.call(navigator, count)
    else await clearAppBadge?.call(navigator)
  } catch (error) {
    // A page that is not installed may be refused.
    if (!(error instanceof DOMException)) throw error
  }
}
