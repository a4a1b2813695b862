import type { components } from '@/generated/schema'

type ProblemBody = components['schemas']['Problem']
export type FieldProblem = components['schemas']['FieldProblem']

/** What the server refused, in the reader's language: `message` is the sentence to show, `code` what programs compare. */
export class Problem extends Error {
  readonly code: string
  readonly status: number
  readonly title: string
  readonly fields: readonly FieldProblem[]
  readonly retryAfterMs: number | null

  constructor(body: ProblemBody) {
    super(body.detail)
    this.name = 'Problem'
    this.code = body.code
    this.status = body.status
    this.title = body.title
    this.fields = body.fields
    this.retryAfterMs = body.retry_after_ms
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
  })
}
