import { defineStore } from 'pinia'
import { computed, ref, watch } from 'vue'
import { useI18n } from 'vue-i18n'
import { useRoute } from 'vue-router'

import { startRinging, stopRinging } from '../chime'
import { ringOf } from '../ticketOrder'
import { useCall } from './call'
import { useTickets } from './tickets'

/** What rings, on whatever page: the sheet, the sound, the title. Set up once, in the entry's root component. */
export const useIncoming = defineStore('incoming', () => {
  const tickets = useTickets()
  const call = useCall()
  const route = useRoute()
  const { t } = useI18n()

  const ring = computed(() => ringOf(tickets.byId.values(), (callId) => call.knows(callId)))
  const putOffKey = ref('')
  /** An officer asks for video in a conversation: it rings the same. */
  const videoRings = ref(false)
  const inItsCall = computed(() => route.name === 'call' && route.params.ticketId === ring.value?.ticket.ticket_id)
  const rings = computed(() => ring.value !== null && !(ring.value.kind === 'invited' && inItsCall.value))
  const sheetOpen = computed(() => rings.value && ring.value?.key !== putOffKey.value)
  const barOpen = computed(() => rings.value && !sheetOpen.value)
  const badge = computed(() => {
    if (!rings.value || ring.value === null) return videoRings.value ? t('incoming.againDocumentTitle') : ''
    return ring.value.kind === 'invited' ? t('incoming.againDocumentTitle') : t('incoming.documentTitle')
  })

  /** Close the sheet; the ticket stays called and the bar remains. */
  function putOff(): void {
    putOffKey.value = ring.value?.key ?? ''
  }

  function bringBack(): void {
    putOffKey.value = ''
  }

  const sounds = computed(() => sheetOpen.value || videoRings.value)
  watch(sounds, (now) => (now ? startRinging() : stopRinging()), { immediate: true })
  watch(
    [badge, () => t('shared.name')],
    ([words, name]) => {
      document.title = words === '' ? name : `🔔 ${words} · ${name}`
    },
    { immediate: true },
  )

  return { ring, rings, videoRings, sheetOpen, barOpen, putOff, bringBack }
})
