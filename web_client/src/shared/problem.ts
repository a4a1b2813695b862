import type { components } from '@/generated/schema'

type ProblemBody = components['schemas']['Problem']
export type FieldProblem = components['schemas']['FieldProblem']
export type FreeSlot = components['schemas']['SlotView']

/** What the server refused, in the reader's language: `message` is the sentence to show, `code` what programs compare. */
export class Problem extends Error {
  readonly code: string
  readonly status: number
  readonly title: string
  readonly fields: readonly FieldProblem[]
  readonly retryAfterMs: number | null
  /** The free slots nearest to one that is full. */
  readonly slots: readonly FreeSlot[]
  /** What the next step of a log-in is asked with. */
  readonly challenge: string | null

  constructor(body: ProblemBody) {
    super(body.detail)
    this.name = 'Problem'
    this.code = body.code
    this.status = body.status
    this.title = body.title
    this.fields = body.fields
    this.retryAfterMs = body.retry_after_ms
    this.slots = body.slots
    this.challenge = body.challenge
  }

  /** The sentence for one field of the input, none where that field was right. */
  forField(field: string): string | null {
    return this.fields.find((problem) => problem.field === field)?.detail ?? null
  }
}

/** No answer came: offline, timed out, or something between us and the server answered in its place. */
export class NetworkError extends Error {
  readonly code: 'offline' | 'timeout' | 'unreadable'

  constructor(code: NetworkError['code'], options?: ErrorOptions) {
    super(`no answer from the server: ${code}`, options)
    this.name = 'NetworkError'
    this.code = code
  }
}

export type Refusal = Problem | NetworkError

const SESSION_CODES: readonly string[] = ['not_signed_in', 'session_ended', 'session_expired']

export function isSessionCode(code: string | undefined): code is string {
  return code !== undefined && SESSION_CODES.includes(code)
}

/** The server does not know the page's session any more: what was asked for can be asked again after signing in. */
export function isSessionLoss(error: unknown): error is Problem {
  return error instanceof Problem && isSessionCode(error.code)
}

/** No answer, or nobody who may ask: the same again later can be granted. */
export function canWait(error: Refusal): boolean {
  return error instanceof NetworkError || isSessionLoss(error)
}

const sessionLossHandlers = new Set<(code: string) => void>()

/** Run `handler` with the code when an answer over HTTP says that the session is gone. Returns the way to stop it. */
export function onSessionLoss(handler: (code: string) => void): () => void {
  sessionLossHandlers.add(handler)
  return () => sessionLossHandlers.delete(handler)
}

/** The same refusal, after whoever listens heard that the session is gone. */
export function noticed<T>(error: T): T {
  if (isSessionLoss(error)) for (const handler of sessionLossHandlers) handler(error.code)
  return error
}

export function isRefusal(error: unknown): error is Refusal {
  return error instanceof Problem || error instanceof NetworkError
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

/** A problem read from an answer's body, none where the body is something else (a proxy's page). */
export function problemFrom(body: unknown): Problem | null {
  if (!isRecord(body) || typeof body.code !== 'string' || typeof body.detail !== 'string') return null
  return new Problem({
    type: typeof body.type === 'string' ? body.type : `urn:shuitong:problem:${body.code}`,
    title: typeof body.title === 'string' ? body.title : body.code,
    status: typeof body.status === 'number' ? body.status : 0,
    code: body.code,
    detail: body.detail,
    fields: Array.isArray(body.fields) ? (body.fields as FieldProblem[]) : [],
    retry_after_ms: typeof body.retry_after_ms === 'number' ? body.retry_after_ms : null,
    slots: Array.isArray(body.slots) ? (body.slots as FreeSlot[]) : [],
    challenge: typeof body.challenge === 'string' ? body.challenge : null,
  })
}
