import { createRouter, createWebHistory } from 'vue-router'

import { adminRoutes } from './admin_routes'
import { hallRoutes } from './hall_routes'
import BackOfficePage from './pages/BackOfficePage.vue'
import BoardPage from './pages/BoardPage.vue'
import CallPage from './pages/CallPage.vue'
import CheckPage from './pages/CheckPage.vue'
import ConversationsPage from './pages/ConversationsPage.vue'
import LoginPage from './pages/LoginPage.vue'
import ReviewPage from './pages/ReviewPage.vue'
import SignOnPage from './pages/SignOnPage.vue'
import VideoPage from './pages/VideoPage.vue'

/**
 * Pages by address, all there from the start: an officer goes through every one of them each day. Which of them is right now is decided in App.vue
 * from the desk. `needsDesk`: only for officers who are signed on.
 */
export const router = createRouter({
  history: createWebHistory('/officer/'),
  routes: [
    { path: '/', name: 'board', component: BoardPage, meta: { needsDesk: true } },
    { path: '/lines', name: 'lines', component: SignOnPage },
    { path: '/call', name: 'call', component: CallPage, meta: { needsDesk: true } },
    { path: '/check', name: 'check', component: CheckPage },
    { path: '/review/:caseId?', name: 'review', component: ReviewPage, props: true },
    { path: '/conversations/:caseId?', name: 'conversations', component: ConversationsPage, props: true },
    { path: '/video/:caseId', name: 'video', component: VideoPage, props: true },
    { path: '/back-office/:caseId?', name: 'work', component: BackOfficePage, props: true },
    { path: '/login', name: 'login', component: LoginPage },
    ...hallRoutes,
    ...adminRoutes,
    { path: '/:rest(.*)*', redirect: '/' },
  ],
})
