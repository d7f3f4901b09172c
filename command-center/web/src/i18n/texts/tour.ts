export const tour = {
  'tour.title': 'A look round',
  'tour.step': '{n} of {of}',
  'tour.skip': 'Skip',
  'tour.back': 'Back',
  'tour.next': 'Next',
  'tour.done': 'To work',
  'tour.list': 'What needs a look',
  'tour.listSub':
    'Only what is out of range, silent or in doubt stands here, the most pressing first. A row leads to its asset. J and K step through the rows.',
  'tour.map': 'Where it is',
  'tour.mapSub':
    'The map is in the same order. Far out you see zones and counts, near every sensor. T turns the map into a table with the same content.',
  'tour.blind': 'Quiet is not blind',
  'tour.blindSub':
    'Hatch means that we do not know: values are too old, or a gateway is silent. The ring of a count is the share that reports. Nothing missing is ever shown as good.',
  'tour.search': 'Find anything',
  'tour.searchSub': 'Sensors, assets, streets and zones, by name, kind or id. The key / leads here from everywhere.',
  'tour.screens': 'The other screens',
  'tour.screensSub': 'G and a number lead to a screen and back to where you left it. The key ? tells all keys.',
} as const

export const tourAr: Readonly<Record<keyof typeof tour, string>> = {
  'tour.title': 'جولة قصيرة',
  'tour.step': '{n} من {of}',
  'tour.skip': 'تخطَّ',
  'tour.back': 'رجوع',
  'tour.next': 'التالي',
  'tour.done': 'إلى العمل',
  'tour.list': 'ما يحتاج نظرة',
  'tour.listSub':
    'هنا فقط ما هو خارج المدى أو صامت أو مشكوك فيه، والأهم أولًا. كل صف يقود إلى أصله. المفتاحان J وK للتنقل بين الصفوف.',
  'tour.map': 'أين هو',
  'tour.mapSub':
    'الخريطة بالترتيب نفسه. من بعيد ترى المناطق والأعداد، ومن قريب كل حسّاس. المفتاح T يحوّل الخريطة إلى جدول بالمحتوى نفسه.',
  'tour.blind': 'الهدوء ليس عمى',
  'tour.blindSub':
    'التهشير يعني أننا لا نعرف: القيم قديمة أو بوابة صامتة. حلقة العدد هي نسبة ما يُرسِل. لا يظهر الناقص أبدًا كأنه جيد.',
  'tour.search': 'ابحث عن أي شيء',
  'tour.searchSub': 'حسّاسات وأصول وشوارع ومناطق، بالاسم أو النوع أو المعرّف. المفتاح / يقود إلى هنا من كل مكان.',
  'tour.screens': 'الشاشات الأخرى',
  'tour.screensSub': 'المفتاح G ثم رقم يقود إلى شاشة، والعودة إلى حيث تركتها. المفتاح ؟ يعرض كل المفاتيح.',
}
