import { defineStore } from 'pinia'
import { computed, ref, watch } from 'vue'
import { useI18n } from 'vue-i18n'

import { showAppBadge } from '../alerts/appBadge'
import { isNearFront } from '../alerts/nearFront'
import { askToNotify, closeNotification, notify, notifyState, type NotifyState, type Told } from '../alerts/notifying'
import { ScreenHold, screenLocksOf, type ScreenState } from '../alerts/screenHold'
import { useCall } from './call'
import { useInbox } from './inbox'
import { useIncoming } from './incoming'
import { useTickets } from './tickets'
import { useVideos } from './videos'

/** Besides sound, vibration and title: the screen that stays on, the system's notifications, the number on the icon. */
export const useAlerts = defineStore('alerts', () => {
  const { t } = useI18n()
  const tickets = useTickets()
  const incoming = useIncoming()
  const videos = useVideos()
  const call = useCall()
  const inbox = useInbox()
  const screen = ref<ScreenState>('off')
  const permission = ref<NotifyState>(notifyState())

  const hold = new ScreenHold(screenLocksOf(navigator), document, (state) => (screen.value = state))
  watch(
    () => call.active || tickets.open.some(isNearFront),
    (wanted) => hold.want(wanted),
    { immediate: true },
  )

  /** What the system is to say now; the same words are no news. */
  const told = computed<Told | null>(() => {
    const { ring } = incoming
    if (incoming.rings && ring !== null) {
      const { ticket_id: id, number, counter } = ring.ticket
      const path = `/tickets/${id}`
      if (ring.kind === 'counter') return { title: t('incoming.title', { number }), body: t('home.counter', { counter: counter ?? '' }), path }
      if (ring.kind === 'called') return { title: t('incoming.title', { number }), body: t('wait.called'), path }
      return { title: t('incoming.againTitle'), body: t('video.tap'), path }
    }
    const view = videos.rings ? videos.ring?.view : undefined
    return view === undefined ? null : { title: t('video.askedTitle'), body: t('video.tap'), path: `/business/${view.case_id}/messages` }
  })
  const toldKey = computed(() => (told.value === null ? '' : (incoming.ring?.key ?? videos.ring?.key ?? '')))

  /** Only where the page is out of sight: in sight it says so itself. */
  function tell(): void {
    if (told.value !== null && document.visibilityState === 'hidden') void notify(told.value)
    else void closeNotification()
  }
  watch(toldKey, tell)
  document.addEventListener('visibilitychange', tell)

  watch(
    () => (told.value === null ? inbox.unread : inbox.unread + 1),
    (count) => void showAppBadge(count),
    { immediate: true },
  )

  /** Has to run in a tap. */
  async function allowNotifications(): Promise<void> {
    permission.value = await askToNotify()
  }

  return { screen, permission, allowNotifications }
})
