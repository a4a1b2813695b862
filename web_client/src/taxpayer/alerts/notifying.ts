/** Notifications of the system, through the service worker where there is one. */
export type NotifyState = 'unsupported' | 'default' | 'granted' | 'denied'

/** What is told; `path` is the page that a tap opens. */
export interface Told {
  readonly title: string
  readonly body: string
  readonly path: string
}

/** A newer one takes the place of the one before. */
const TAG = 'shuitong-call'
const ICON = '/icon-192.png'

export function notifyState(): NotifyState {
  // Not in WeChat, and on an iPhone only from the home screen.
  return 'Notification' in window ? Notification.permission : 'unsupported'
}

/** Has to run in a tap: browsers refuse the question else, and people too. */
export async function askToNotify(): Promise<NotifyState> {
  if (notifyState() !== 'default') return notifyState()
  return Notification.requestPermission()
}

async function registration(): Promise<ServiceWorkerRegistration | undefined> {
  return 'serviceWorker' in navigator ? navigator.serviceWorker.getRegistration() : undefined
}

/** Show it where that is allowed; where it is not, sound, vibration and title have to do. */
export async function notify({ title, body, path }: Told): Promise<void> {
  if (notifyState() !== 'granted') return
  const options = { body, tag: TAG, icon: ICON, lang: document.documentElement.lang, requireInteraction: true, renotify: true, data: { path } }
  const worker = await registration()
  if (worker?.active != null) {
    await worker.showNotification(title, options)
    return
  }
  try {
    const shown = new Notification(title, options)
    shown.onclick = () => {
      window.focus()
      shown.close()
    }
  } catch (error) {
    // Chrome on Android has them by a service worker only.
    if (!(error instanceof TypeError)) throw error
  }
}

/** It is answered, or over. */
export async function closeNotification(): Promise<void> {
  if (notifyState() !== 'granted') return
  for (const shown of (await (await registration())?.getNotifications({ tag: TAG })) ?? []) shown.close()
}
