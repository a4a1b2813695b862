import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'

import { CallEngine } from '@/shared/call/engine'
import { socketTransport } from '@/shared/call/transport'
import type { CallSnapshot, DevicesChosen } from '@/shared/call/types'

import { callStep, type HeldTicket } from '../board'
import { socket } from '../socket'

const engine = new CallEngine(socketTransport(socket))

/** The video call of the ticket in hand. It follows the desk: nobody has to join. */
export const useCall = defineStore('call', () => {
  const snapshot = shallowRef<CallSnapshot>(engine.snapshot)
  /** Kept from call to call, so that a muted officer is not heard by the next one. */
  const devices = shallowRef<DevicesChosen>({ microphone: true, camera: true, facing: 'user' })

  engine.subscribe((next) => {
    snapshot.value = next
  })
  socket.on('call.changed', (view) => engine.applyCall(view))
  socket.on('call.offer', (offer) => engine.applyOffer(offer))
  socket.on('call.moved', ({ call_id }) => engine.moved(call_id))
  socket.onConnected(() => engine.socketBack())

  const active = computed(() => snapshot.value.phase !== 'idle' && snapshot.value.phase !== 'ended')

  /** Do what the ticket in hand asks for: own picture while calling, the call once confirmed, nothing without one. */
  async function follow(held: HeldTicket | null): Promise<void> {
    const step = callStep(held, (callId) => engine.hasLeft(callId))
    if (held?.call) engine.applyCall(held.call)
    if (held === null || step === 'leave') {
      if (snapshot.value.phase !== 'idle' || snapshot.value.localStream !== null) engine.stop()
    } else if (step === 'preview') {
      if (snapshot.value.phase === 'ended') engine.stop()
      const untried = snapshot.value.localStream === null && snapshot.value.deviceProblem === null
      if (untried) await engine.prepare(devices.value)
    } else if (step === 'join' && snapshot.value.phase !== 'moved') {
      await engine.start(held.ticket_id, devices.value)
    }
  }

  /** Bring the call to this page, from another one of the same officer. */
  async function takeHere(ticketId: string): Promise<void> {
    await engine.start(ticketId, devices.value)
  }

  /** Try the devices again, after the officer did what the message asked for. */
  async function retryPreview(): Promise<void> {
    await engine.prepare(devices.value)
  }

  async function setMicrophone(on: boolean): Promise<void> {
    devices.value = { ...devices.value, microphone: on }
    await engine.setMicrophone(on)
  }

  async function setCamera(on: boolean): Promise<void> {
    devices.value = { ...devices.value, camera: on }
    await engine.setCamera(on)
  }

  return {
    snapshot,
    active,
    follow,
    takeHere,
    retryPreview,
    setMicrophone,
    setCamera,
    switchCamera: () => engine.switchCamera(),
    hangUp: () => engine.hangUp(),
    stop: () => engine.stop(),
  }
})
