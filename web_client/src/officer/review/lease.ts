import { onScopeDispose, ref, shallowRef, type Ref, type ShallowRef } from 'vue'

import type { components } from '@/generated/schema'
import { api, result } from '@/shared/api'
import { clock } from '@/shared/clock'
import { isRefusal, Problem, type Refusal } from '@/shared/problem'

export type Timeline = components['schemas']['Timeline']

/** `taken`: somebody else had it already; `lost`: it was ours; `over`: there is nothing left to review. */
export type LeaseState = 'asking' | 'ours' | 'taken' | 'lost' | 'over' | 'failed'

const SOONEST_MS = 2_000

/**
 * A case to review, ours for as long as the calling component lives: taken at once, taken anew at half of its time,
 * and left for others at the end. What another officer did to it is said by the state.
 */
export function useLease(caseId: string): {
  state: Ref<LeaseState>
  timeline: ShallowRef<Timeline | null>
  failure: ShallowRef<Refusal | null>
  take: () => Promise<void>
  settle: (decided: Timeline) => void
} {
  const params = { path: { case_id: caseId } }
  const state = ref<LeaseState>('asking')
  const timeline = shallowRef<Timeline | null>(null)
  const failure = shallowRef<Refusal | null>(null)
  let timer: ReturnType<typeof setTimeout> | undefined
  let isGone = false

  async function take(): Promise<void> {
    clearTimeout(timer)
    const wasOurs = state.value === 'ours'
    try {
      const taken = await result(api.PUT('/api/v1/officer/cases/{case_id}/review', { params }))
      if (isGone) {
        await leave()
        return
      }
      timeline.value = taken
      state.value = 'ours'
      failure.value = null
      const untilMs = taken.case.review_lease?.until_ms ?? taken.at_ms
      timer = setTimeout(() => void take(), Math.max(SOONEST_MS, (untilMs - clock.nowMs()) / 2))
    } catch (error) {
      if (!isRefusal(error)) throw error
      if (isGone) return
      if (error instanceof Problem) await refused(error, wasOurs)
      else if (wasOurs) timer = setTimeout(() => void take(), SOONEST_MS)
      else fail(error)
    }
  }

  function fail(error: Refusal): void {
    failure.value = error
    state.value = 'failed'
  }

  /** Why it is not ours, with the case as it is now: it names who has it. */
  async function refused(problem: Problem, wasOurs: boolean): Promise<void> {
    if (problem.code !== 'review_taken' && problem.code !== 'case_refused') {
      fail(problem)
      return
    }
    try {
      timeline.value = await result(api.GET('/api/v1/officer/cases/{case_id}', { params }))
    } catch (error) {
      if (!isRefusal(error)) throw error
      fail(error)
      return
    }
    if (problem.code === 'case_refused') state.value = 'over'
    else state.value = wasOurs ? 'lost' : 'taken'
  }

  async function leave(): Promise<void> {
    try {
      await result(api.DELETE('/api/v1/officer/cases/{case_id}/review', { params }))
    } catch (error) {
      // It ends by itself.
      if (!isRefusal(error)) throw error
    }
  }

  /** It was decided: nothing is left to have. */
  function settle(decided: Timeline): void {
    clearTimeout(timer)
    timeline.value = decided
    state.value = 'over'
  }

  onScopeDispose(() => {
    isGone = true
    clearTimeout(timer)
    if (state.value === 'ours') void leave()
  })
  void take()
  return { state, timeline, failure, take, settle }
}
