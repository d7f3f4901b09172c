/** A mapping that tells events; its messages hold more than it names. */
export const DOORS = {
  name: 'doors',
  filter: 'doors/{device}',
  options: {
    time: '/at',
    event: {
      kind: { at: '/state', is: { forced: 'door-forced' } },
      id: '/no',
      attributes: {
        door: '/door',
        holder: '/who',
        cardNumber: '/card',
        plate: '/plate',
        note: '/note',
        remark: '/note',
      },
    },
    values: { cycles: '/cycles', mode: '/mode' },
  },
}

/** A message of a camera or another personal source, and what in it identifies somebody. */
export interface Identifying {
  readonly topic: string
  readonly payload: string | Buffer
  readonly marks: readonly string[]
  /** The format itself is known to be personal, whoever sends it. */
  readonly isCamera: boolean
}

/** A value nobody else has, in which a search can trust. */
export type Mark = (word: string) => string

/** Marks that are told apart by a number, from a word that is the same for the run. */
export function marker(run: string): { mark: Mark; all: string[] } {
  const all: string[] = []
  return {
    all,
    mark: (word) => {
      const text = `${word}${run}${all.length}`
      all.push(text)
      return text
    },
  }
}

/** A hardware address that nobody else has, in the form that the number says. */
function macOf(mark: Mark, form: number): string {
  const digits = Buffer.from(mark('m').slice(-5)).toString('hex').padStart(12, 'a').slice(-12)
  const pairs = digits.match(/../g) as string[]
  return [pairs.join(':'), pairs.join('-').toUpperCase(), digits][form % 3] as string
}

const message = (topic: string, payload: unknown, marks: readonly string[]): Identifying => ({
  topic,
  payload: typeof payload === 'string' || Buffer.isBuffer(payload) ? payload : JSON.stringify(payload),
  marks,
  isCamera: /^(frigate|e|doors)\/|onvif-/.test(topic),
})

/** Every identifying field of every format that cameras and counters of phones send. */
export function identifying(mark: Mark): Identifying[] {
  const made: Identifying[] = []
  const add = (topic: string, build: (m: Mark) => unknown) => {
    const marks: string[] = []
    const payload = build((word) => {
      const text = mark(word)
      marks.push(text)
      return text
    })
    made.push(message(topic, payload, marks))
  }
  const image = (m: Mark) => Buffer.from(`JFIF ${m('image')} ${'x'.repeat(300)}`).toString('base64')
  const uri = (m: Mark) => `http://10.9.8.7/snap/${m('uri')}.jpg`

  const ej = (local: string) => `gate-1/onvif-ej/RuleEngine/${local}`
  const onvif = (data: object, source: object = {}, key: object = {}) => ({
    UtcTime: new Date().toISOString(),
    Source: { VideoSource: '1', ...source },
    Key: key,
    Data: data,
  })
  const fields = (m: Mark) => ({
    Image: image(m),
    PlateImage: image(m),
    FaceImage: image(m),
    ImageURI: uri(m),
    RefImageUri: uri(m),
    SnapshotUri: uri(m),
    EnrollmentID: m('enrolled'),
    Name: m('name'),
    UserName: m('user'),
    CardNumber: m('card'),
    CredentialHolderName: m('holder'),
    HumanFace: { Gender: m('gender'), Age: { Min: 20 }, Accessory: { Hat: m('hat') } },
    HumanBody: { Clothing: { Tops: m('tops') } },
    Description: m('words'),
    MACAddress: m('mac'),
    GeoLocation: { '@lon': m('lon') },
    Owner: m('owner'),
  })
  const plate = (m: Mark) => ({
    LicensePlateInfo: {
      PlateNumber: { '@Likelihood': 0.9, '#text': m('Plate') },
      CountryCode: { '#text': 'QA' },
      IssuingEntity: m('issuer'),
      LicensePlateInfo: { PlateNumber: m('Plate') },
    },
    Plate: m('Plate'),
    LicensePlate: [m('Plate'), { PlateNumber: m('Plate') }],
    VehicleInfo: { Type: 'Car', Brand: m('brand'), Model: m('model'), Color: m('colour') },
  })
  for (const local of [
    'Recognition/LicensePlate',
    'Recognition/Face',
    'LineDetector/Crossed',
    'FieldDetector/ObjectsInside',
    'ObjectDetection/Object',
    'LoiteringDetector/ObjectIsLoitering',
    'CountAggregation/Counter',
    'acme:Anything/Else',
  ])
    add(ej(local), (m) =>
      onvif(
        {
          ...fields(m),
          ...plate(m),
          ObjectId: m('object'),
          Count: 7,
          IsInside: true,
          State: true,
          ClassTypes: 'Human',
        },
        { ...fields(m), Rule: `call ${m('x')}@example.org` },
        { ...fields(m), ObjectId: m('object') },
      ),
    )
  // Source values stand in the topic too.
  add(`${ej('Recognition/LicensePlate')}/&1/${mark('Plate')}`, (m) => onvif(plate(m)))
  add('gate-1/onvif-mj/VideoAnalytics/1/Classifier', (m) => ({
    Frame: [
      {
        '@UtcTime': new Date().toISOString(),
        '@Source': m('source'),
        Object: [
          {
            '@ObjectId': m('object'),
            Appearance: {
              Class: { Type: [{ '@Likelihood': 0.8, '#text': 'Human' }] },
              Color: { ColorCluster: [{ 'acme:ColorName': m('colour') }] },
              ImageRef: uri(m),
              LicensePlateInfo: { PlateNumber: { '#text': m('Plate') } },
              ...fields(m),
            },
          },
        ],
      },
    ],
  }))
  add('onvif/cams/gate-2/onvif-ej/RuleEngine/Recognition/Face', (m) => onvif(fields(m)))
  add('no/route/here/onvif-ej/RuleEngine/Recognition/Face', (m) => onvif(fields(m)))

  const object = (m: Mark) => ({
    id: `1772366400.1-${m('ref')}`,
    camera: 'yard',
    frame_time: Date.now() / 1000,
    label: 'car',
    sub_label: [m('name'), 0.9],
    thumbnail: image(m),
    snapshot: { path: m('path'), box: [1, 2, 3, 4] },
    attributes: { [m('attribute')]: 0.9 },
    current_attributes: [{ label: m('face'), box: [1, 2, 3, 4] }],
    recognized_license_plate: m('Plate'),
    recognized_license_plate_score: 0.9,
    path_data: [[[0.5, 0.5], m('way')]],
    data: { description: m('words') },
    thumb_path: `/media/${m('uri')}.webp`,
    current_zones: ['North side', `${m('mail')}@example.org`],
    owner: m('owner'),
  })
  for (const type of ['new', 'update', 'end'])
    add('frigate/events', (m) => ({ type, before: object(m), after: object(m), more: m('more') }))
  add('frigate/tracked_object_update', (m) => ({
    type: 'face',
    id: m('ref'),
    name: m('name'),
    camera: 'yard',
    score: 1,
  }))
  add('frigate/tracked_object_update', (m) => ({ type: 'description', id: m('ref'), description: m('words') }))
  add('frigate/tracked_object_update', (m) => ({
    type: 'lpr',
    id: m('ref'),
    name: m('name'),
    plate: m('Plate'),
    camera: 'yard',
    timestamp: Date.now() / 1000,
  }))
  add('frigate/reviews', (m) => ({
    type: 'new',
    before: { camera: 'yard', thumb_path: m('uri'), data: { sub_labels: [m('name')] } },
    after: { camera: 'yard', id: m('ref'), data: { sub_labels: [m('name')], metadata: { title: m('words') } } },
  }))
  add('frigate/stats', (m) => ({
    cameras: { yard: { camera_fps: 5 }, [`${m('mail')}@example.org`]: { camera_fps: 5 } },
    cpu_usages: { 7: { cmdline: `ffmpeg -i rtsp://admin:${m('secret')}@10.9.8.7/1` } },
  }))
  add('frigate/yard/person/snapshot', (m) => Buffer.concat([Buffer.from([0xff, 0xd8, 0xff]), Buffer.from(m('image'))]))
  add('frigate/yard/audio/transcription', (m) => m('words'))
  add('frigate/yard/person/some/thing/new', (m) => m('words'))
  add('frigate/yard/person', (m) => m('words'))

  add('e/cams/d/door-1', (m) => ({
    kind: 'access-granted',
    id: m('badge'),
    attributes: {
      holder: m('holder'),
      plate: m('Plate'),
      plateToken: m('Plate'),
      email: `${m('mail')}@example.org`,
      door: `${m('mail')}@example.org`,
      guest: m('name'),
      image: image(m),
    },
  }))

  for (const state of ['forced', 'closed'])
    add('doors/door-7', (m) => ({
      ...{ at: Date.now(), state, no: m('ref'), door: `${m('mail')}@example.org`, who: m('holder'), card: m('card') },
      ...{ plate: m('Plate'), note: m('words'), mode: m('words'), cycles: 3, other: m('other') },
    }))

  // Wi-Fi and Bluetooth counters, and whatever else a source marked personal sends in plain formats.
  for (let form = 0; form < 3; form++) {
    const mac = macOf(mark, form)
    made.push(message(`t/cams/d/ap-1/${mac}`, '-60', [mac]))
    const inKey = macOf(mark, form)
    made.push(message('t/cams/d/ap-1', { [inKey]: -60, clients: 17 }, [inKey]))
    const inState = macOf(mark, form)
    made.push(message('t/cams/d/ap-1/newest', JSON.stringify(inState), [inState]))
    const inName = macOf(mark, form)
    made.push(message('senml/cams/ap-2', [{ n: `${inName}/rssi`, v: -60 }], [inName]))
  }
  add('t/cams/d/reader-1/holder', (m) => ({ value: m('name') }))
  add('t/cams/d/reader-1', (m) => ({ holder: m('name'), plate: m('Plate'), note: m('words'), opened: 3 }))
  add('senml/cams/reader-2', (m) => [
    { n: 'holder', vs: m('name') },
    { n: 'opened', v: 1 },
  ])
  add('free/topic', (m) => m('words'))
  return made
}
