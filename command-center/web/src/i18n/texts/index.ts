import { attention, attentionAr } from './attention.ts'
import { card, cardAr } from './card.ts'
import { common, commonAr } from './common.ts'
import { desk, deskAr } from './desk.ts'
import { devices, devicesAr } from './devices.ts'
import { events, eventsAr } from './events.ts'
import { explore, exploreAr } from './explore.ts'
import { gallery, galleryAr } from './gallery.ts'
import { health, healthAr } from './health.ts'
import { healthScreen, healthScreenAr } from './health-screen.ts'
import { login, loginAr } from './login.ts'
import { map, mapAr } from './map.ts'
import { mappings, mappingsAr } from './mappings.ts'
import { people, peopleAr } from './people.ts'
import { privacy, privacyAr } from './privacy.ts'
import { registry, registryAr } from './registry.ts'
import { settings, settingsAr } from './settings.ts'
import { shell, shellAr } from './shell.ts'
import { tour, tourAr } from './tour.ts'
import { ui, uiAr } from './ui.ts'

/** Every sentence of the product, in English, area by area. `{x}` is replaced by a value that is isolated from the text around it. */
export const en = {
  ...shell,
  ...desk,
  ...login,
  ...health,
  ...attention,
  ...card,
  ...map,
  ...devices,
  ...mappings,
  ...people,
  ...events,
  ...explore,
  ...common,
  ...settings,
  ...gallery,
  ...tour,
  ...ui,
  ...healthScreen,
  ...registry,
  ...privacy,
} as const

export type MessageKey = keyof typeof en

/** The same sentences in Arabic. Drafts: a native control-room reader approves them before a release. */
export const ar: Readonly<Record<MessageKey, string>> = {
  ...shellAr,
  ...deskAr,
  ...loginAr,
  ...healthAr,
  ...attentionAr,
  ...cardAr,
  ...mapAr,
  ...devicesAr,
  ...mappingsAr,
  ...peopleAr,
  ...eventsAr,
  ...exploreAr,
  ...commonAr,
  ...settingsAr,
  ...galleryAr,
  ...tourAr,
  ...uiAr,
  ...healthScreenAr,
  ...registryAr,
  ...privacyAr,
}
