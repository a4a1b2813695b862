import { defineStore } from 'pinia'
import { computed, shallowReactive } from 'vue'

import { api, result } from '@/shared/api'
import { laterView } from '@/shared/laterView'
import { NetworkError } from '@/shared/problem'

import { newRequestId } from '../request_id'
import { socket } from '../socket'
import { isToEnter, toAnswer, type VideoView } from '../talk/videos'
import { useCall } from './call'

const CALL_KEY = 'shuitong.officer.video'

/** Requests for video in conversations, and the calls that came of them. Commands raise Problem and NetworkError. */
export const useVideos = defineStore('videos', () => {
  const call = useCall()
  const byCase = shallowReactive(new Map<string, VideoView>())
  /** Requests that this page made or accepted: their calls are entered here. */
  const requestIds = new Set<string>()
  const ringing = computed(() => toAnswer(byCase.values()))
  /** Kept while an answer is missing: pressing again asks for the same. */
  const unanswered = new Map<string, string>()

  function of(caseId: string): VideoView | null {
    return byCase.get(caseId) ?? null
  }

  function take(view: VideoView): void {
    const now = laterView(byCase.get(view.case_id), view)
    byCase.set(view.case_id, now)
    if (now.call !== null && isToEnter(now, { requestIds, callId: sessionStorage.getItem(CALL_KEY) })) void enter(now.case_id)
  }

  /** Go into the open call of the case on this page; one that was hung up here is not entered again. */
  async function enter(caseId: string): Promise<void> {
    const open = of(caseId)?.call
    if (open === null || open === undefined || call.hasLeft(open.call_id)) return
    // Of this tab: another one of the same officer shall not take the call away by being loaded anew.
    sessionStorage.setItem(CALL_KEY, open.call_id)
    await call.joinCase(caseId, open.call_id)
  }

  async function ask(caseId: string): Promise<void> {
    const requestId = unanswered.get(caseId) ?? newRequestId()
    unanswered.set(caseId, requestId)
    requestIds.add(requestId)
    try {
      take(await socket.command('video.ask', { case_id: caseId, request_id: requestId }))
      unanswered.delete(caseId)
    } catch (error) {
      if (!(error instanceof NetworkError)) unanswered.delete(caseId)
      throw error
    }
  }

  async function accept(view: VideoView): Promise<void> {
    const named = nameOf(view)
    requestIds.add(named.request_id)
    take(await socket.command('video.accept', named))
  }

  async function refuse(view: VideoView): Promise<void> {
    take(await socket.command('video.refuse', nameOf(view)))
  }

  async function withdraw(view: VideoView): Promise<void> {
    take(await socket.command('video.withdraw', nameOf(view)))
  }

  /** What is open, for a page that was loaded or connected just now; what is not listed has ended. */
  async function synchronise(): Promise<void> {
    const { at_ms: listedAtMs, videos } = await result(api.GET('/api/v1/officer/videos'))
    const open = new Set(videos.map((view) => view.case_id))
    // What was told after the list was made is not on it.
    for (const [caseId, view] of byCase) if (!open.has(caseId) && view.at_ms < listedAtMs) byCase.delete(caseId)
    videos.forEach((view) => take(whole(view)))
  }

  /** The video of one conversation, whoever is in it. */
  async function load(caseId: string): Promise<void> {
    const view = await result(api.GET('/api/v1/officer/cases/{case_id}/video', { params: { path: { case_id: caseId } } }))
    take(whole(view))
  }

  function reset(): void {
    byCase.clear()
    requestIds.clear()
    sessionStorage.removeItem(CALL_KEY)
  }

  socket.on('video.asked', take)
  socket.on('video.changed', take)

  return { byCase, ringing, of, ask, accept, refuse, withdraw, enter, synchronise, load, reset }
})

/** The client of the API makes lists of pairs, such as the two sides of a call. */
function whole(view: unknown): VideoView {
  return view as VideoView
}

function nameOf(view: VideoView): { case_id: string; request_id: string } {
  if (view.request === null) throw new Error('no request')
  return { case_id: view.case_id, request_id: view.request.request_id }
}
