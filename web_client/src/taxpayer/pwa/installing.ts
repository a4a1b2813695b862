/** Putting the page on the home screen: some browsers offer it to the page, others have a menu for it. */
import { readonly, ref } from 'vue'

interface InstallOffer extends Event {
  prompt(): Promise<{ outcome: 'accepted' | 'dismissed' }>
}

/** `offered`: the browser lets the page ask; `unknown`: by the browser's own menu, if it has one. */
export type Installation = 'unknown' | 'offered' | 'installed'

const state = ref<Installation>(window.matchMedia('(display-mode: standalone)').matches ? 'installed' : 'unknown')
export const installation = readonly(state)
let offer: InstallOffer | null = null

window.addEventListener('beforeinstallprompt', (event) => {
  // Asked for on its page by a tap, not over whatever somebody is doing.
  event.preventDefault()
  offer = event as InstallOffer
  state.value = 'offered'
})
window.addEventListener('appinstalled', () => {
  offer = null
  state.value = 'installed'
})

/** Has to run in a tap; an offer holds once. */
export async function install(): Promise<void> {
  const asked = offer
  if (asked === null) return
  offer = null
  state.value = (await asked.prompt()).outcome === 'accepted' ? 'installed' : 'unknown'
}
