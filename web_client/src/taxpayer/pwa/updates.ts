/** The service worker that keeps the client on the phone, and the notice of a newer version (`worker/sw.ts`). */
import { readonly, ref } from 'vue'
import type { Router } from 'vue-router'

import { isOtherVersion } from './version'
import { hasUnkeptText } from './typed'

/** How often the server is asked for a newer version while the page is in sight. */
const LOOK_EVERY_MS = 300_000

/** `wanted`: it is loaded with the next page, as something is being written on this one. */
export type NewerVersion = 'none' | 'there' | 'wanted'

const newer = ref<NewerVersion>('none')
export const newerVersion = readonly(newer)

/** The script that this page runs; its name changes with anything that it is made of. */
function ownScript(): string {
  const script = document.querySelector<HTMLScriptElement>('script[type="module"][src]')
  return script === null ? '' : new URL(script.src).pathname
}

/** Whether the server's page names another script. Asked of the server itself: the worker may be older than the page. */
async function isOutdated(): Promise<boolean> {
  try {
    const answer = await fetch('/', { cache: 'no-cache', headers: { Accept: 'text/html' } })
    return answer.ok && isOtherVersion(await answer.text(), ownScript())
  } catch (error) {
    // No answer: the next time.
    if (error instanceof TypeError) return false
    throw error
  }
}

async function register(container: ServiceWorkerContainer): Promise<void> {
  try {
    await container.register('/sw.js')
  } catch (error) {
    // A private window, or a browser that keeps nothing: everything works but opening without a network.
    if (!(error instanceof DOMException) && !(error instanceof TypeError)) throw error
  }
}

/** The worker takes the newer files, so that they are there when somebody asks for them. */
async function renew(container: ServiceWorkerContainer): Promise<void> {
  try {
    await (await container.getRegistration())?.update()
  } catch (error) {
    if (!(error instanceof DOMException) && !(error instanceof TypeError)) throw error
  }
}

/** Load the newer version: at once, or with the next page where something is being written on this one. */
export function updateNow(): void {
  if (hasUnkeptText(document)) newer.value = 'wanted'
  else window.location.reload()
}

interface Connects {
  onConnected(handler: () => void): () => void
}

/** Registers the worker, and asks for a newer version now and then. Returns the way to stop. */
export function keepUpToDate(router: Router, socket: Connects): () => void {
  const leaving = router.beforeEach((to) => {
    if (newer.value !== 'wanted') return true
    window.location.assign(to.fullPath)
    return false
  })
  // Vite's own server puts newer code in by itself, and has no worker.
  if (!import.meta.env.PROD) return leaving
  // Not without https; the types do not know that.
  const container = (navigator as { serviceWorker?: ServiceWorkerContainer }).serviceWorker

  let lookedAtMs = -Infinity
  async function look(): Promise<void> {
    lookedAtMs = Date.now()
    if (newer.value !== 'none' || !(await isOutdated())) return
    newer.value = 'there'
    if (container !== undefined) await renew(container)
  }
  const lookAgain = (): void => {
    if (document.visibilityState === 'visible' && Date.now() - lookedAtMs >= LOOK_EVERY_MS) void look()
  }
  const lookNow = (): void => void look()
  document.addEventListener('visibilitychange', lookAgain)
  window.addEventListener('online', lookNow)
  const disconnect = socket.onConnected(lookAgain)
  const timer = setInterval(lookAgain, LOOK_EVERY_MS)
  if (container !== undefined) void register(container)
  return () => {
    leaving()
    document.removeEventListener('visibilitychange', lookAgain)
    window.removeEventListener('online', lookNow)
    disconnect()
    clearInterval(timer)
  }
}
