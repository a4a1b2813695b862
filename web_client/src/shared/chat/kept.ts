/** Messages that did not go yet, kept on this device until they did. */
import { keptNames, shelfOf, type Shelf } from '../shelf'
import type { Pending } from './talk'

const PLACE = '.messages'

function isPending(value: unknown): value is Pending[] {
  return Array.isArray(value) && value.every((one: unknown) => typeof one === 'object' && one !== null && 'messageId' in one)
}

export function messageShelf(caseId: string): Shelf<Pending[]> {
  return shelfOf(caseId + PLACE, isPending)
}

/** The cases in whose conversations something waits. */
export function casesWithKeptMessages(): string[] {
  return keptNames()
    .filter((name) => name.endsWith(PLACE))
    .map((name) => name.slice(0, -PLACE.length))
}

export function hasKeptMessages(): boolean {
  return casesWithKeptMessages().length > 0
}
