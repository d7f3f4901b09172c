export const shell = {
  'screen.map': 'Map',
  'screen.explore': 'Explore',
  'screen.health': 'Health',
  'screen.registry': 'Registry',
  'screen.devices': 'Devices',
  'screen.mappings': 'Mappings',
  'screen.privacy': 'Privacy',
  'screen.people': 'People',
  'screen.settings': 'Settings',
  'screen.gallery': 'Gallery',

  'shell.skip': 'Skip to the screen',
  'shell.keys': 'Keys: G, then {key}',
  'shell.nowhere': 'Nothing is here',
  'shell.nowhereSub': 'No screen has this address.',
  'shell.toMap': 'To the map',
  'keys.screens': 'Go to a screen',
} as const

export const shellAr: Readonly<Record<keyof typeof shell, string>> = {
  'screen.map': 'الخريطة',
  'screen.explore': 'استكشاف',
  'screen.health': 'الحالة',
  'screen.registry': 'السجل',
  'screen.devices': 'الأجهزة',
  'screen.mappings': 'التعيينات',
  'screen.privacy': 'الخصوصية',
  'screen.people': 'المستخدمون',
  'screen.settings': 'الإعدادات',
  'screen.gallery': 'المعرض',

  'shell.skip': 'انتقل إلى الشاشة',
  'shell.keys': 'المفاتيح: G ثم {key}',
  'shell.nowhere': 'لا شيء هنا',
  'shell.nowhereSub': 'لا شاشة بهذا العنوان.',
  'shell.toMap': 'إلى الخريطة',
  'keys.screens': 'انتقل إلى شاشة',
}
