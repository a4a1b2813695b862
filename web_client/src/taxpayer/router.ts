import { createRouter, createWebHistory } from 'vue-router'

import { latePage, recoverPageCode } from '@/shared/pageCode'
import { isRefusal } from '@/shared/problem'

import LoginPage from './pages/LoginPage.vue'
import { useSession } from './stores/session'
import { allTexts, withTexts } from './translator'

declare module 'vue-router' {
  interface RouteMeta {
    /** Shown without signing in. */
    open?: boolean
    /** Shows the bar of the four tabs. */
    tab?: 'home' | 'todos' | 'messages' | 'me'
  }
}

/** A page that is fetched when it is first needed, with its words. */
function page<P>(load: () => Promise<P>): () => Promise<P> {
  return latePage(withTexts(['main'], load))
}

/** A page of tax business. */
function businessPage<P>(load: () => Promise<P>): () => Promise<P> {
  return latePage(withTexts(['main', 'business'], load))
}

/** A page of the phone's own: binding, alerts, video that was asked for. */
function phonePage<P>(load: () => Promise<P>): () => Promise<P> {
  return latePage(withTexts(['main', 'phone'], load))
}

const late = {
  home: page(async () => {
    const { HomePage, openHome } = await import('./home')
    await openHome()
    return HomePage
  }),
  // From a ticket to the end of a call: fetched ahead as all are, and there also while the server is away.
  ticket: phonePage(() => import('./pages/TicketPage.vue')),
  call: page(() => import('./pages/CallPage.vue')),
  video: phonePage(() => import('./pages/VideoPage.vue')),
  check: page(() => import('./pages/CheckPage.vue')),
  consult: page(() => import('./pages/ConsultPage.vue')),
  todos: businessPage(() => import('./pages/TodosPage.vue')),
  history: page(() => import('./pages/HistoryPage.vue')),
  case: page(() => import('./pages/CasePage.vue')),
  bind: phonePage(() => import('./pages/BindPage.vue')),
  alerts: phonePage(() => import('./pages/AlertsPage.vue')),
  me: page(() => import('./pages/MePage.vue')),
  guidance: businessPage(() => import('./pages/GuidancePage.vue')),
  topic: businessPage(() => import('./pages/TopicPage.vue')),
  notice: businessPage(() => import('./pages/NoticePage.vue')),
  channels: businessPage(() => import('./pages/ChannelsPage.vue')),
  favourites: businessPage(() => import('./pages/FavouritesPage.vue')),
  caseForms: businessPage(() => import('./pages/CaseFormsPage.vue')),
  form: businessPage(() => import('./pages/FormPage.vue')),
  myForms: businessPage(() => import('./pages/MyFormsPage.vue')),
  submit: businessPage(() => import('./pages/SubmitPage.vue')),
  bookCase: businessPage(() => import('./pages/BookCasePage.vue')),
  timeline: businessPage(() => import('./pages/TimelinePage.vue')),
  payment: businessPage(() => import('./pages/PaymentPage.vue')),
  chat: latePage(withTexts(['main', 'business', 'phone'], () => import('./pages/ChatPage.vue'))),
  messages: businessPage(() => import('./pages/MessagesPage.vue')),
  visit: businessPage(() => import('./pages/VisitPage.vue')),
  bookings: businessPage(() => import('./pages/BookingsPage.vue')),
  booking: businessPage(() => import('./pages/BookingPage.vue')),
}

export const router = createRouter({
  history: createWebHistory('/'),
  // What is to replace it is still experimental.
  // eslint-disable-next-line @typescript-eslint/no-deprecated
  scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
  routes: [
    { path: '/login', name: 'login', component: LoginPage, meta: { open: true } },
    { path: '/', name: 'home', component: late.home, meta: { tab: 'home' } },
    { path: '/consult', name: 'consult', component: late.consult },
    { path: '/tickets/:ticketId', name: 'ticket', component: late.ticket, props: true },
    { path: '/calls/:ticketId', name: 'call', component: late.call, props: true },
    { path: '/check', name: 'check', component: late.check },
    { path: '/todos', name: 'todos', component: late.todos, meta: { tab: 'todos' } },
    { path: '/history', name: 'history', component: late.history },
    { path: '/history/:caseId', name: 'case', component: late.case, props: true },
    { path: '/guidance', name: 'guidance', component: late.guidance },
    { path: '/topics/:topicId', name: 'topic', component: late.topic, props: true },
    { path: '/topics/:topicId/:nodeId', name: 'notice', component: late.notice, props: true },
    { path: '/topics/:topicId/:nodeId/channels', name: 'channels', component: late.channels, props: true },
    { path: '/favourites', name: 'favourites', component: late.favourites },
    { path: '/forms', name: 'my-forms', component: late.myForms },
    { path: '/business/:caseId/forms', name: 'forms-of-case', component: late.caseForms, props: true },
    { path: '/business/:caseId/forms/:formId', name: 'form', component: late.form, props: true },
    { path: '/business/:caseId/submit', name: 'submit-case', component: late.submit, props: true },
    { path: '/business/:caseId/booking', name: 'book-case', component: late.bookCase, props: true },
    { path: '/business/:caseId', name: 'timeline', component: late.timeline, props: true },
    { path: '/business/:caseId/payments/:paymentId', name: 'payment', component: late.payment, props: true },
    { path: '/business/:caseId/messages', name: 'chat', component: late.chat, props: true },
    { path: '/messages', name: 'messages', component: late.messages, meta: { tab: 'messages' } },
    { path: '/visits/new', name: 'visit-new', component: late.visit },
    { path: '/bookings', name: 'bookings', component: late.bookings },
    { path: '/bookings/:bookingId', name: 'booking', component: late.booking, props: true },
    { path: '/bookings/:bookingId/change', name: 'visit-change', component: late.visit, props: true },
    { path: '/business/:caseId/video', name: 'video', component: late.video, props: true },
    { path: '/bind', name: 'bind', component: late.bind },
    { path: '/alerts', name: 'alerts', component: late.alerts },
    { path: '/me', name: 'me', component: late.me, meta: { tab: 'me' } },
    { path: '/:rest(.*)*', redirect: '/' },
  ],
})

recoverPageCode(router)

/** Every page and all words, for a device that may soon be without a network. */
export const laterParts: readonly (() => Promise<unknown>)[] = [...Object.values(late), ...allTexts]

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
