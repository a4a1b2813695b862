import { defineStore } from 'pinia'
import { ref } from 'vue'

import type { components } from '@/generated/schema'
import { api, result, send } from '@/shared/api'
import { clearFiles } from '@/shared/fileShelf'
import { Problem } from '@/shared/problem'
import { belongsToAnother, clearShelf } from '@/shared/shelf'

import { rememberSignedIn, takeAnswer } from '../firstAnswer'

type TaxpayerView = components['schemas']['TaxpayerView']
type FaceChallenge = components['schemas']['FaceChallenge']
type Identity = components['schemas']['TaxpayerIdentity']

/** Who is signed in. */
export const useSession = defineStore('session', () => {
  const taxpayer = ref<TaxpayerView | null>(null)
  const known = ref(false)
  /** The server did not say who is signed in. */
  const unreachable = ref(false)

  function take(view: TaxpayerView | null): void {
    taxpayer.value = view
    known.value = true
    unreachable.value = false
    rememberSignedIn(view !== null)
    if (view !== null && belongsToAnother(view.taxpayer_id)) {
      clearShelf()
      void clearFiles()
    }
  }

  let asking: Promise<void> | null = null

  /** Ask the server once who is signed in. Raises NetworkError where it does not answer. */
  async function load(): Promise<void> {
    if (known.value) return
    asking ??= ask().finally(() => (asking = null))
    await asking
  }

  async function ask(): Promise<void> {
    try {
      take(await result(api.GET('/api/v1/taxpayer/session', {
        fetch: async (request) => (await takeAnswer('/api/v1/taxpayer/session')) ?? send(request),
      })))
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 401) {
        unreachable.value = true
        throw error
      }
      take(null)
    }
  }

  /** Ask anew who is signed in. Raises NetworkError; what was known stays then. */
  async function askAgain(): Promise<void> {
    try {
      await ask()
    } catch (error) {
      unreachable.value = false
      throw error
    }
  }

  async function checkIdentity(identity: Identity): Promise<FaceChallenge> {
    return result(api.POST('/api/v1/taxpayer/identity', { body: identity }))
  }

  async function passFaceStep(challenge: string): Promise<void> {
    take(await result(api.POST('/api/v1/taxpayer/session', { body: { challenge, method: 'development' } })))
  }

  async function signOut(): Promise<void> {
    await result(api.DELETE('/api/v1/taxpayer/session'))
    clearShelf()
    await clearFiles()
    take(null)
  }

  return { taxpayer, known, unreachable, load, askAgain, checkIdentity, passFaceStep, signOut, forget: () => take(null) }
})
