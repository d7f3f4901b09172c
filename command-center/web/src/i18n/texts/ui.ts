export const ui = {
  'pages.shown': '{from} to {to} of {n}',
  'pages.previous': 'Previous',
  'pages.next': 'Next',

  'priority.C': 'Critical',
  'priority.H': 'High',
  'priority.M': 'Medium',
  'priority.L': 'Low',
  'glyph.new': 'new',
  'glyph.acknowledged': 'acknowledged',
  'glyph.returned': 'back to normal, not acknowledged',
  'glyph.shelved': 'shelved',
  'glyph.out-of-service': 'out of service',
  'los.level': 'Level of service {level}',
} as const

export const uiAr: Readonly<Record<keyof typeof ui, string>> = {
  'pages.shown': '{from} إلى {to} من {n}',
  'pages.previous': 'السابق',
  'pages.next': 'التالي',

  'priority.C': 'حرج',
  'priority.H': 'مرتفع',
  'priority.M': 'متوسط',
  'priority.L': 'منخفض',
  'glyph.new': 'جديد',
  'glyph.acknowledged': 'مُقرّ به',
  'glyph.returned': 'عاد إلى الطبيعي، غير مُقرّ به',
  'glyph.shelved': 'معلّق',
  'glyph.out-of-service': 'خارج الخدمة',
  'los.level': 'مستوى الخدمة {level}',
}
