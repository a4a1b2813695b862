import { useI18n } from 'vue-i18n'

import { isRefusal } from '@/shared/problem'

import { tell, tellError } from './notices'

/** Runs a command and says what came of it: `done`, or why it was refused. Answers whether it was done. */
export function useAttempt(): (command: () => Promise<void>, done?: string) => Promise<boolean> {
  const { t } = useI18n()
  return async (command, done) => {
    try {
      await command()
    } catch (error) {
      if (!isRefusal(error)) throw error
      tellError(error, t)
      return false
    }
    if (done !== undefined) tell(done)
    return true
  }
}
