import type { RouteRecordRaw } from 'vue-router'

/** Pages of a hall beside the desks: each is loaded by those who need it, and open to who is not signed on to lines. */
export const hallRoutes: readonly RouteRecordRaw[] = [
  {
    path: '/reception',
    name: 'reception',
    component: () => import('./pages/ReceptionPage.vue'),
  },
  {
    path: '/wall',
    name: 'wall',
    component: () => import('./pages/WallPage.vue'),
  },
  {
    path: '/reports',
    name: 'reports',
    component: () => import('./pages/ReportsPage.vue'),
  },
  {
    path: '/audit',
    name: 'audit',
    component: () => import('./pages/AuditPage.vue'),
  },
]
