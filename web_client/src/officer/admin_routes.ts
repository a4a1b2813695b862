import type { RouteRecordRaw } from 'vue-router'

/** Setting up halls, officers and the catalogue: loaded by admins alone. */
export const adminRoutes: readonly RouteRecordRaw[] = [
  {
    path: '/admin/:part(halls|officers|catalogue|texts)?/:hallId?/:tab?',
    name: 'admin',
    component: () => import('./pages/AdminPage.vue'),
    props: true,
  },
]
