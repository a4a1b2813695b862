import { defineStore } from 'pinia'
import { computed, ref, shallowReactive } from 'vue'

import type { components } from '@/generated/schema'
import { api, result } from '@/shared/api'
import { isRefusal, Problem } from '@/shared/problem'

import { newer, type CaseSummary } from '../cases/caseState'
import { randomPause } from '../rewatch'

export type Timeline = components['schemas']['Timeline']

const PAGE = 50

/** The taxpayer's open cases, by version: whatever page asked for one, all pages show the newest of it. */
export const useCases = defineStore('cases', () => {
  const byId = shallowReactive(new Map<string, CaseSummary>())
  const timelines = shallowReactive(new Map<string, Timeline>())
  const loaded = ref(false)
  const open = computed(() => [...byId.values()].filter((one) => one.closed_at_ms === null))
  const unread = computed(() => open.value.reduce((sum, one) => sum + one.unread, 0))
  let refreshing: Promise<void> | null = null

  function take(view: CaseSummary): void {
    byId.set(view.case_id, newer(byId.get(view.case_id), view))
  }

  function takeTimeline(view: Timeline): Timeline {
    const known = timelines.get(view.case.case_id)
    const kept = known !== undefined && known.case.version > view.case.version ? known : view
    timelines.set(view.case.case_id, kept)
    take(view.case)
    return kept
  }

  /** All open cases anew; those that are not among them any more are closed or gone. */
  async function load(): Promise<void> {
    const seen = new Set<string>()
    let cursor: string | null = null
    do {
      const query: { limit: number; cursor?: string } = { limit: PAGE, ...(cursor === null ? {} : { cursor }) }
      const page: components['schemas']['CaseSummaries'] = await result(api.GET('/api/v1/taxpayer/todos', { params: { query } }))
      for (const view of page.cases) {
        take(view)
        seen.add(view.case_id)
      }
      cursor = page.next_cursor
    } while (cursor !== null)
    for (const caseId of [...byId.keys()]) if (!seen.has(caseId)) byId.delete(caseId)
    loaded.value = true
  }

  /** For pages that go on without them. */
  async function loadQuietly(): Promise<void> {
    try {
      await load()
    } catch (error) {
      if (!isRefusal(error)) throw error
    }
  }

  async function loadTimeline(caseId: string): Promise<Timeline> {
    const params = { path: { case_id: caseId } }
    return takeTimeline(await result(api.GET('/api/v1/taxpayer/business/{case_id}', { params })))
  }

  /** Something was told of some case: ask again for what pages show, all pages in one go. */
  async function refreshSoon(): Promise<void> {
    refreshing ??= randomPause().then(async () => {
      refreshing = null
      await refresh()
    })
    await refreshing
  }

  async function refresh(): Promise<void> {
    try {
      if (loaded.value) await load()
      await Promise.all([...timelines.keys()].map((caseId) => reloadTimeline(caseId)))
    } catch (error) {
      // The next news or connect asks again.
      if (!isRefusal(error)) throw error
    }
  }

  async function reloadTimeline(caseId: string): Promise<void> {
    try {
      await loadTimeline(caseId)
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 404) throw error
      timelines.delete(caseId)
    }
  }

  function setUnread(caseId: string, count: number): void {
    const known = byId.get(caseId)
    if (known !== undefined && known.unread !== count) byId.set(caseId, { ...known, unread: count })
    const timeline = timelines.get(caseId)
    if (timeline !== undefined && timeline.case.unread !== count) {
      timelines.set(caseId, { ...timeline, case: { ...timeline.case, unread: count } })
    }
  }

  /** A page shows this one no more. */
  function letGo(caseId: string): void {
    timelines.delete(caseId)
  }

  function forget(): void {
    byId.clear()
    timelines.clear()
    loaded.value = false
  }

  return { byId, timelines, loaded, open, unread, take, takeTimeline, load, loadQuietly, loadTimeline, refreshSoon, setUnread, letGo, forget }
})
