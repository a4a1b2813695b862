import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'

import { CallEngine } from '@/shared/call/engine'
import { socketTransport } from '@/shared/call/transport'
import type { CallSnapshot, DevicesChosen } from '@/shared/call/types'

import { callStep, type HeldTicket } from '../board'
import { socket } from '../socket'

const DEVICES_KEY = 'shuitong.officer.devices'

const engine = new CallEngine(socketTransport(socket))

function rememberedDevices(): DevicesChosen {
  const kept = localStorage.getItem(DEVICES_KEY) ?? ''
  return { microphone: !kept.includes('no-microphone'), camera: !kept.includes('no-camera'), facing: 'user', screen: false }
}

/** The video call of the ticket in hand, which follows the desk, or of a conversation: nobody has to join. */
export const useCall = defineStore('call', () => {
  const snapshot = shallowRef<CallSnapshot>(engine.snapshot)
  /** Kept from call to call and over a reload, so that a muted officer is not heard without knowing it. */
  const devices = shallowRef<DevicesChosen>(rememberedDevices())
  /** The call that was gone into last: while that is not answered, the snapshot does not know it yet. */
  let joining: string | null = null

  engine.subscribe((next) => {
    snapshot.value = next
  })
  socket.on('call.changed', (view) => engine.applyCall(view))
  socket.on('call.offer', (offer) => engine.applyOffer(offer))
  socket.on('call.moved', ({ call_id }) => engine.moved(call_id))
  socket.onConnected(() => engine.socketBack())

  const active = computed(() => snapshot.value.phase !== 'idle' && snapshot.value.phase !== 'ended')
  /** The case whose call was asked for in its conversation; none in a ticket's. */
  const ofCase = computed(() => (active.value ? snapshot.value.caseId : null))

  /** Do what the ticket in hand asks for: own picture while calling, the call once confirmed, nothing without one. */
  async function follow(held: HeldTicket | null): Promise<void> {
    const step = callStep(held, (callId) => engine.hasLeft(callId))
    if (held?.call) engine.applyCall(held.call)
    if (ofCase.value !== null && (step !== 'join' || isRunning(held))) return
    if (held === null || step === 'leave') {
      if (snapshot.value.phase !== 'idle' || snapshot.value.localStream !== null) engine.stop()
    } else if (step === 'preview') {
      if (snapshot.value.phase === 'ended') engine.stop()
      const untried = snapshot.value.localStream === null && snapshot.value.deviceProblem === null
      if (untried) await engine.prepare(devices.value)
    } else if (step === 'join' && snapshot.value.phase !== 'moved') {
      joining = held.call?.call_id ?? null
      await engine.start(held.ticket_id, devices.value)
    }
  }

  /** A conversation's call that became the ticket's: it goes on as it is. */
  function isRunning(held: HeldTicket | null): boolean {
    return held?.call?.call_id === snapshot.value.call?.call_id
  }

  /** Into the open call of a case, which was asked for in its conversation. */
  async function joinCase(caseId: string, callId: string | null): Promise<void> {
    joining = callId
    await engine.startOfCase(caseId, devices.value)
  }

  /** Bring the call to this page, from another one of the same officer. */
  async function takeHere(ticketId: string): Promise<void> {
    await engine.start(ticketId, devices.value)
  }

  /** Try the devices again, after the officer did what the message asked for. */
  async function retryPreview(): Promise<void> {
    await engine.prepare(devices.value)
  }

  function chooseDevices(chosen: DevicesChosen): void {
    devices.value = chosen
    const kept = [chosen.microphone ? '' : 'no-microphone', chosen.camera ? '' : 'no-camera']
    localStorage.setItem(DEVICES_KEY, kept.filter(Boolean).join(' '))
  }

  /** Open both, whatever was muted last: for trying them. */
  async function prepareAll(): Promise<void> {
    await engine.prepare({ microphone: true, camera: true, facing: 'user', screen: false })
  }

  async function setMicrophone(on: boolean): Promise<void> {
    chooseDevices({ ...devices.value, microphone: on })
    await engine.setMicrophone(on)
  }

  async function setCamera(on: boolean): Promise<void> {
    chooseDevices({ ...devices.value, camera: on })
    await engine.setCamera(on)
  }

  return {
    snapshot,
    active,
    ofCase,
    follow,
    joinCase,
    hasLeft: (callId: string) => engine.hasLeft(callId),
    takeHere,
    retryPreview,
    prepareAll,
    setMicrophone,
    setCamera,
    shareScreen: () => engine.shareScreen(),
    stopScreen: () => engine.stopScreen(),
    chooseDevice: engine.chooseDevice.bind(engine),
    hangUp: () => engine.hangUp(joining),
    stop: () => engine.stop(),
  }
})
