import { createRouter, createWebHistory } from 'vue-router'

import { fetchAhead, latePage, recoverPageCode } from '@/shared/pageCode'
import { isRefusal } from '@/shared/problem'

// From sign-in to the end of a call: there at once, and also while the server is away.
import CallPage from './pages/CallPage.vue'
import ConsultPage from './pages/ConsultPage.vue'
import HomePage from './pages/HomePage.vue'
import TicketPage from './pages/TicketPage.vue'
import { useSession } from './stores/session'

declare module 'vue-router' {
  interface RouteMeta {
    /** Shown without signing in. */
    open?: boolean
    /** Shows the bar of the four tabs. */
    tab?: 'home' | 'todos' | 'history' | 'me'
  }
}

const late = {
  login: latePage(() => import('./pages/LoginPage.vue')),
  todos: latePage(() => import('./pages/TodosPage.vue')),
  history: latePage(() => import('./pages/HistoryPage.vue')),
  case: latePage(() => import('./pages/CasePage.vue')),
  me: latePage(() => import('./pages/MePage.vue')),
}

export const router = createRouter({
  history: createWebHistory('/'),
  // What is to replace it is still experimental.
  // eslint-disable-next-line @typescript-eslint/no-deprecated
  scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
  routes: [
    { path: '/login', name: 'login', component: late.login, meta: { open: true } },
    { path: '/', name: 'home', component: HomePage, meta: { tab: 'home' } },
    { path: '/consult', name: 'consult', component: ConsultPage },
    { path: '/tickets/:ticketId', name: 'ticket', component: TicketPage, props: true },
    { path: '/calls/:ticketId', name: 'call', component: CallPage, props: true },
    { path: '/todos', name: 'todos', component: late.todos, meta: { tab: 'todos' } },
    { path: '/history', name: 'history', component: late.history, meta: { tab: 'history' } },
    { path: '/history/:caseId', name: 'case', component: late.case, props: true },
    { path: '/me', name: 'me', component: late.me, meta: { tab: 'me' } },
    { path: '/:rest(.*)*', redirect: '/' },
  ],
})

recoverPageCode(router)
void router.isReady().then(() => fetchAhead(Object.values(late)))

router.beforeEach(async (to) => {
  const session = useSession()
  try {
    await session.load()
  } catch (error) {
    // No answer: the page opens all the same and says so in its own place.
    if (!isRefusal(error)) throw error
    return true
  }
  const signedIn = session.taxpayer !== null
  if (!signedIn && to.meta.open !== true) return { name: 'login', query: { next: to.fullPath } }
  if (signedIn && to.name === 'login') return { name: 'home' }
  return true
})
