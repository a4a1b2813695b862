/** The home page with what every page has for who is signed in: they travel as one. */
export { default as LiveParts } from './components/LiveParts.vue'
export { default as TabBar } from './components/TabBar.vue'
export { default as HomePage } from './pages/HomePage.vue'
