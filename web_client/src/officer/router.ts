import { createRouter, createWebHistory } from 'vue-router'

/** Pages by address; which of them is right now is decided in App.vue from the desk. */
export const router = createRouter({
  history: createWebHistory('/officer/'),
  routes: [
    { path: '/', name: 'board', component: () => import('./pages/BoardPage.vue') },
    { path: '/lines', name: 'lines', component: () => import('./pages/SignOnPage.vue') },
    { path: '/call', name: 'call', component: () => import('./pages/CallPage.vue') },
    { path: '/login', name: 'login', component: () => import('./pages/LoginPage.vue') },
    { path: '/:rest(.*)*', redirect: '/' },
  ],
})
