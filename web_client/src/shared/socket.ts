import { io, type Socket } from 'socket.io-client'
import { readonly, ref, watch, type Ref } from 'vue'

import type {
  Ack,
  OfficerCommands,
  OfficerPushes,
  OFFICER_NAMESPACE,
  TAXPAYER_NAMESPACE,
  TaxpayerCommands,
  TaxpayerPushes,
} from '@/generated/events'

import { clock } from './clock'
import { currentLanguage } from './i18n/language'
import { isSessionCode, NetworkError, Problem, problemFrom } from './problem'

const ACK_TIMEOUT_MS = 10_000
/** How long a command of a page that has just been opened waits for the first connect. */
const FIRST_CONNECT_MS = 10_000
const RECONNECT_FIRST_MS = 500
const RECONNECT_MOST_MS = 8_000

export type ConnectionState = 'idle' | 'connecting' | 'connected' | 'lost'

export type CommandName<C> = Extract<keyof C, string>
export type PayloadOf<F> = F extends (payload: infer P, ack: never) => void ? P : never
export type ResultOf<F> = F extends (payload: never, ack: (answer: infer A) => void) => void
  ? A extends { ok: true; result: infer R }
    ? R
    : never
  : never
export type PushedOf<F> = F extends (payload: infer P) => void ? P : never

/** What a part that only sends commands needs of a connection. */
export interface Commander<C> {
  command<N extends CommandName<C>>(name: N, payload: PayloadOf<C[N]>): Promise<ResultOf<C[N]>>
}

/** A connection that can be told that the network under it may be gone. */
export interface Renewable {
  /** Connect anew, where it is not being done already. */
  renew(): void
}

/**
 * One typed socket of a page. It reconnects for ever with growing pauses; whoever keeps state resynchronises in
 * `onConnected`, which runs at every connect. `onSessionLost` runs when the server does not know the session any more.
 */
export class Connection<C, P> implements Commander<C>, Renewable {
  readonly state: Readonly<Ref<ConnectionState>>
  /** How many times it has been tried to reconnect; 0 while connected. */
  readonly attempt: Readonly<Ref<number>>

  private readonly socket: Socket
  private readonly stateRef = ref<ConnectionState>('idle')
  private readonly attemptRef = ref(0)
  private readonly connectedHandlers = new Set<() => void>()
  private readonly sessionLostHandlers = new Set<(code: string) => void>()

  constructor(namespace: typeof TAXPAYER_NAMESPACE | typeof OFFICER_NAMESPACE) {
    this.state = readonly(this.stateRef)
    this.attempt = readonly(this.attemptRef)
    this.socket = io(namespace, {
      autoConnect: false,
      withCredentials: true,
      transports: ['websocket', 'polling'],
      tryAllTransports: true,
      reconnectionDelay: RECONNECT_FIRST_MS,
      reconnectionDelayMax: RECONNECT_MOST_MS,
      // Commands wait for nobody: a page that is offline says so, and asks again after the reconnect.
      retries: 0,
      auth: (give) => give({ language: currentLanguage() }),
    })
    this.socket.on('connect', () => this.connected())
    this.socket.on('disconnect', (reason) => this.disconnected(reason))
    this.socket.on('connect_error', (error) => this.refused(error))
    this.socket.io.on('reconnect_attempt', (count) => {
      this.attemptRef.value = count
    })
    window.addEventListener('online', () => this.hurry())
    document.addEventListener('visibilitychange', () => this.hurry())
  }

  connect(): void {
    if (this.socket.active) return
    this.stateRef.value = 'connecting'
    this.socket.connect()
  }

  renew(): void {
    if (!this.socket.connected) return
    this.stateRef.value = 'lost'
    this.socket.disconnect().connect()
  }

  close(): void {
    this.socket.disconnect()
    this.stateRef.value = 'idle'
    this.attemptRef.value = 0
  }

  /**
   * Send a command and wait for its acknowledgement. A page that connects for the first time connects first.
   *
   * Raises Problem where the server refused; NetworkError `offline` where there is no connection, `timeout` where no
   * acknowledgement came in time (the command may have happened: ask for the state before trying again).
   */
  async command<N extends CommandName<C>>(name: N, payload: PayloadOf<C[N]>): Promise<ResultOf<C[N]>> {
    await this.firstConnect()
    if (!this.isConnected()) throw new NetworkError('offline')
    let answer: Ack<ResultOf<C[N]>>
    try {
      answer = (await this.socket.timeout(ACK_TIMEOUT_MS).emitWithAck(name, payload)) as Ack<ResultOf<C[N]>>
    } catch (error) {
      throw new NetworkError(this.isConnected() ? 'timeout' : 'offline', { cause: error })
    }
    clock.observe(answer.at_ms)
    if (answer.ok) return answer.result
    throw new Problem(answer.problem)
  }

  /** Run `handler` at every push of that name. Returns the way to stop it. */
  on<N extends Extract<keyof P, string>>(name: N, handler: (payload: PushedOf<P[N]>) => void): () => void {
    const listener = (payload: PushedOf<P[N]>): void => {
      handler(payload)
    }
    const event: string = name
    this.socket.on(event, listener)
    return () => this.socket.off(event, listener)
  }

  /** Run `handler` at every connect, and at once if it is connected now. Returns the way to stop it. */
  onConnected(handler: () => void): () => void {
    this.connectedHandlers.add(handler)
    if (this.socket.connected) handler()
    return () => this.connectedHandlers.delete(handler)
  }

  /** Run `handler` with the reason's code when the session is gone. Returns the way to stop it. */
  onSessionLost(handler: (code: string) => void): () => void {
    this.sessionLostHandlers.add(handler)
    return () => this.sessionLostHandlers.delete(handler)
  }

  /** Until it is known whether the first connect succeeds; at once later on, also while offline. */
  private async firstConnect(): Promise<void> {
    const isBefore = (state: ConnectionState): boolean => state === 'idle' || state === 'connecting'
    if (!isBefore(this.stateRef.value)) return
    await new Promise<void>((done) => {
      const stop = watch(this.stateRef, (state) => isBefore(state) || end(), { flush: 'sync' })
      const timer = setTimeout(() => end(), FIRST_CONNECT_MS)
      function end(): void {
        clearTimeout(timer)
        stop()
        done()
      }
    })
  }

  private isConnected(): boolean {
    return this.socket.connected
  }

  private connected(): void {
    this.stateRef.value = 'connected'
    this.attemptRef.value = 0
    for (const handler of this.connectedHandlers) handler()
  }

  private disconnected(reason: Socket.DisconnectReason): void {
    if (reason === 'io client disconnect') return
    this.stateRef.value = 'lost'
    // The library does not come back by itself after the server closed the socket (restart, new session).
    if (reason === 'io server disconnect') this.socket.connect()
  }

  private refused(error: Error & { data?: unknown }): void {
    const problem = problemFrom(error.data) ?? codeOnly(error.data)
    const code = typeof problem === 'string' ? problem : problem?.code
    if (isSessionCode(code)) {
      this.close()
      for (const handler of this.sessionLostHandlers) handler(code)
      return
    }
    this.stateRef.value = 'lost'
    // A refusal by the server stops the library's own retries; a transport error does not.
    if (!this.socket.active) setTimeout(() => this.reconnectAfterRefusal(), RECONNECT_MOST_MS)
  }

  private reconnectAfterRefusal(): void {
    if (this.stateRef.value === 'lost') this.socket.connect()
  }

  /** Back online or in sight: do not wait for the rest of the pause. */
  private hurry(): void {
    if (document.visibilityState !== 'visible' || this.stateRef.value !== 'lost') return
    if (!this.socket.connected) this.socket.disconnect().connect()
  }
}

function codeOnly(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null || !('code' in body)) return undefined
  return typeof body.code === 'string' ? body.code : undefined
}

export type TaxpayerConnection = Connection<TaxpayerCommands, TaxpayerPushes>
export type OfficerConnection = Connection<OfficerCommands, OfficerPushes>
