import { createRouter, createWebHistory } from 'vue-router'

import BoardPage from './pages/BoardPage.vue'
import CallPage from './pages/CallPage.vue'
import LoginPage from './pages/LoginPage.vue'
import SignOnPage from './pages/SignOnPage.vue'

/**
 * Pages by address, all there from the start: an officer goes through every one of them each day. Which of them is right now is decided in App.vue
 * from the desk.
 */
export const router = createRouter({
  history: createWebHistory('/officer/'),
  routes: [
    { path: '/', name: 'board', component: BoardPage },
    { path: '/lines', name: 'lines', component: SignOnPage },
    { path: '/call', name: 'call', component: CallPage },
    { path: '/login', name: 'login', component: LoginPage },
    { path: '/:rest(.*)*', redirect: '/' },
  ],
})
