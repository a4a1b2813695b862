/** Where somebody is in the guidance, as its address says: pure. Going back is leaving out the last answer. */
export const HUMAN_ANSWER = 'human'
const ANSWER_MARK = '.'

/** The answers of an address, the first question's first. */
export function answersOf(written: unknown): string[] {
  return typeof written === 'string' && written !== '' ? written.split(ANSWER_MARK) : []
}

/** How answers stand in an address; none where there are none, so that it is left out. */
export function writtenAnswers(answers: readonly string[]): string | undefined {
  return answers.length > 0 ? answers.join(ANSWER_MARK) : undefined
}

/** As the server is asked. */
export function askedAnswers(answers: readonly string[]): { answers?: string } {
  return answers.length > 0 ? { answers: answers.join(',') } : {}
}

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
