/** The sections of the console, in the order of the rail: a page is in the rail by standing in this table. */
import {
  BriefcaseBusiness,
  ChartColumn,
  ClipboardCheck,
  ClipboardList,
  FileSpreadsheet,
  Headset,
  ListChecks,
  Megaphone,
  MessageCircle,
  ScrollText,
  Settings,
  Ticket,
  Video,
} from '@lucide/vue'
import type { Component } from 'vue'

import type { components } from '@/generated/schema'

import type { DeskView, OfficerView } from './board'
import type { Waiting } from './stores/waiting'

type Role = components['schemas']['OfficerRole']

export interface Section {
  /** The name of its route; its title is under `page` by the same name. */
  readonly name: string
  readonly label: (desk: DeskView | null) => string
  readonly icon: (desk: DeskView | null) => Component
  /** What waits there, and the key of the words that say it. */
  readonly badge?: { readonly count: (waiting: Waiting) => number; readonly words: string }
  readonly isShown: (officer: OfficerView, desk: DeskView | null) => boolean
}

function has(...roles: Role[]): Section['isShown'] {
  return (officer) => roles.some((role) => officer.roles.includes(role))
}

/** A ticket that is served at a counter has no video. */
function isAtCounter(desk: DeskView | null): boolean {
  return desk?.ticket?.line.kind === 'onsite'
}

export const SECTIONS: readonly Section[] = [
  {
    name: 'board',
    label: () => 'rail.board',
    icon: () => Megaphone,
    isShown: (_, desk) => desk?.state !== 'signed_off',
  },
  {
    name: 'call',
    label: (desk) => (isAtCounter(desk) ? 'commands.atCounterPage' : 'rail.call'),
    icon: (desk) => (isAtCounter(desk) ? ClipboardList : Video),
    isShown: (_, desk) => desk?.ticket?.state === 'serving',
  },
  { name: 'lines', label: () => 'rail.lines', icon: () => ListChecks, isShown: () => true },
  {
    name: 'review',
    label: () => 'rail.review',
    icon: () => ClipboardCheck,
    badge: { count: (waiting) => waiting.reviews, words: 'rail.waitingReviews' },
    isShown: has('officer', 'supervisor'),
  },
  {
    name: 'conversations',
    label: () => 'rail.conversations',
    icon: () => MessageCircle,
    badge: { count: (waiting) => waiting.unread, words: 'rail.waitingMessages' },
    isShown: has('officer', 'reception', 'supervisor'),
  },
  {
    name: 'work',
    label: () => 'rail.work',
    icon: () => BriefcaseBusiness,
    badge: { count: (waiting) => waiting.work, words: 'rail.waitingWork' },
    isShown: has('officer', 'supervisor'),
  },
  { name: 'reception', label: () => 'rail.reception', icon: () => Ticket, isShown: has('reception') },
  { name: 'wall', label: () => 'wall.title', icon: () => ChartColumn, isShown: has('supervisor', 'admin') },
  { name: 'reports', label: () => 'reports.title', icon: () => FileSpreadsheet, isShown: has('supervisor', 'admin') },
  { name: 'audit', label: () => 'audit.title', icon: () => ScrollText, isShown: has('supervisor', 'admin') },
  { name: 'admin', label: () => 'rail.admin', icon: () => Settings, isShown: has('admin') },
  { name: 'check', label: () => 'rail.check', icon: () => Headset, isShown: () => true },
]
