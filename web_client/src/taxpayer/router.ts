import { createRouter, createWebHistory } from 'vue-router'

import { isRefusal } from '@/shared/problem'

import { useSession } from './stores/session'

declare module 'vue-router' {
  interface RouteMeta {
    /** Shown without signing in. */
    open?: boolean
    /** Shows the bar of the four tabs. */
    tab?: 'home' | 'todos' | 'history' | 'me'
  }
}

export const router = createRouter({
  history: createWebHistory('/'),
  // What is to replace it is still experimental.
  // eslint-disable-next-line @typescript-eslint/no-deprecated
  scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
  routes: [
    { path: '/login', name: 'login', component: () => import('./pages/LoginPage.vue'), meta: { open: true } },
    { path: '/', name: 'home', component: () => import('./pages/HomePage.vue'), meta: { tab: 'home' } },
    { path: '/consult', name: 'consult', component: () => import('./pages/ConsultPage.vue') },
    { path: '/tickets/:ticketId', name: 'ticket', component: () => import('./pages/TicketPage.vue'), props: true },
    { path: '/calls/:ticketId', name: 'call', component: () => import('./pages/CallPage.vue'), props: true },
    { path: '/todos', name: 'todos', component: () => import('./pages/TodosPage.vue'), meta: { tab: 'todos' } },
    { path: '/history', name: 'history', component: () => import('./pages/HistoryPage.vue'), meta: { tab: 'history' } },
    { path: '/history/:caseId', name: 'case', component: () => import('./pages/CasePage.vue'), props: true },
    { path: '/me', name: 'me', component: () => import('./pages/MePage.vue'), meta: { tab: 'me' } },
    { path: '/:rest(.*)*', redirect: '/' },
  ],
})

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
