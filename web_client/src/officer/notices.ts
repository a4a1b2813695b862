import { ElMessage } from 'element-plus/es/components/message/index'
import 'element-plus/es/components/message/style/css'

import { isRefusal, NetworkError } from '@/shared/problem'

const ERROR_SHOWN_MS = 6_000
const NOTICE_SHOWN_MS = 3_000

type Translate = (key: string) => string

/** The sentence for an error of a command: the server's own words, or what to do while it cannot be reached. */
export function sentenceOf(error: unknown, t: Translate): string {
  if (error instanceof NetworkError) return t(`shared.network.${error.code}`)
  if (isRefusal(error)) return error.message
  throw error
}

/** Tells an error without stopping anybody. What is no refusal is a fault of this program, and is thrown again. */
export function tellError(error: unknown, t: Translate): void {
  ElMessage({ type: 'error', message: sentenceOf(error, t), duration: ERROR_SHOWN_MS, showClose: true, grouping: true })
}

export function tell(message: string, type: 'success' | 'warning' = 'success'): void {
  ElMessage({ type, message, duration: NOTICE_SHOWN_MS, grouping: true })
}
