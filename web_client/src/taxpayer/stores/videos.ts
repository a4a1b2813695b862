import { defineStore } from 'pinia'
import { computed, ref, shallowReactive, watch } from 'vue'

import { api, result } from '@/shared/api'
import { clock } from '@/shared/clock'
import { laterView } from '@/shared/laterView'
import { isRefusal } from '@/shared/problem'

import { socket } from '../socket'
import { mayDo, videoRingOf, videoToRejoin, type VideoView } from '../videos/videoState'
import { Wish } from '../wish'
import { useCall } from './call'
import { useSession } from './session'

/** Video that is asked for in conversations (S26): requests, answers and open calls, live. */
export const useVideos = defineStore('videos', () => {
  const call = useCall()
  const session = useSession()
  const byCase = shallowReactive(new Map<string, VideoView>())
  const wishes = new Map<string, Wish>()
  /** Requests of this page: their call opens by itself. */
  const own = new Set<string>()
  const putOffKey = ref('')
  const ring = computed(() => videoRingOf(byCase.values(), (callId) => call.knows(callId)))
  const rings = computed(() => ring.value !== null && ring.value.key !== putOffKey.value)

  function take(view: VideoView): VideoView {
    clock.observe(view.at_ms)
    const kept = laterView(byCase.get(view.case_id), view)
    byCase.set(view.case_id, kept)
    if (kept.call !== null) call.applyCall(kept.call)
    return kept
  }

  async function load(caseId: string): Promise<VideoView> {
    const answer = await result(api.GET('/api/v1/taxpayer/cases/{case_id}/video', { params: { path: { case_id: caseId } } }))
    // The client's types lose that `legs` has two entries.
    return take(answer as VideoView)
  }

  /** What was missed: open requests and calls, and what became of those that were open. */
  async function resynchronise(): Promise<void> {
    try {
      const open = await result(api.GET('/api/v1/taxpayer/videos'))
      const ids = new Set(open.videos.map((view) => view.case_id))
      for (const view of open.videos) take(view as VideoView)
      const missed = [...byCase.values()].filter((view) => !ids.has(view.case_id) && (view.call !== null || view.request?.state === 'asked'))
      await Promise.all(missed.map((view) => load(view.case_id)))
    } catch (error) {
      // The next connect asks again.
      if (!isRefusal(error)) throw error
    }
  }

  function wishOf(caseId: string): Wish {
    const wish = wishes.get(caseId) ?? new Wish()
    wishes.set(caseId, wish)
    return wish
  }

  async function ask(caseId: string): Promise<void> {
    const wish = wishOf(caseId)
    const requestId = wish.keyFor('ask')
    own.add(requestId)
    const view = take(await socket.command('video.ask', { case_id: caseId, request_id: requestId }))
    wish.granted()
    if (view.request !== null) own.add(view.request.request_id)
  }

  async function answer(view: VideoView, what: 'accept' | 'refuse' | 'withdraw'): Promise<VideoView> {
    const named = { case_id: view.case_id, request_id: view.request?.request_id ?? '' }
    if (what === 'accept') return take(await socket.command('video.accept', named))
    return take(await (what === 'refuse' ? socket.command('video.refuse', named) : socket.command('video.withdraw', named)))
  }

  /** Whether its call was asked for from this page. */
  function isOwn(view: VideoView): boolean {
    return view.request !== null && own.has(view.request.request_id)
  }

  /** The conversation's call that this browser was in before it was loaded anew. */
  function toRejoin(): VideoView | null {
    return videoToRejoin(byCase.values(), call.joinedCallId)
  }

  function putOff(): void {
    putOffKey.value = ring.value?.key ?? ''
  }

  /** An answer that was on its way while a call ended may come after the news of it. */
  async function callEnded(caseId: string, callId: string): Promise<void> {
    if (byCase.get(caseId)?.call?.call_id !== callId) return
    try {
      await load(caseId)
    } catch (error) {
      if (!isRefusal(error)) throw error
    }
  }

  socket.on('call.changed', (view) => {
    if (view.state === 'ended') void callEnded(view.case_id, view.call_id)
  })
  socket.on('video.asked', (view) => void take(view))
  socket.on('video.changed', (view) => void take(view))
  watch(
    () => session.taxpayer,
    (taxpayer) => {
      if (taxpayer === null) byCase.clear()
    },
  )

  return { byCase, ring, rings, load, resynchronise, ask, answer, isOwn, toRejoin, putOff, may: mayDo }
})
