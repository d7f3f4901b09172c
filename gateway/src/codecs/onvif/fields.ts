import { Picked } from '../json/picked.ts'
import { drop, IGNORE, Shape, type Wanted } from '../json/shape.ts'

/** Pictures and where to get them, under the names that cameras use for them. */
const PICTURES: Wanted = {
  Image: drop('image'),
  PlateImage: drop('image'),
  VehicleImage: drop('image'),
  FaceImage: drop('image'),
  Snapshot: drop('image'),
  Thumbnail: drop('image'),
  ImageURI: drop('uri'),
  ImageUri: drop('uri'),
  RefImageUri: drop('uri'),
  RefImageURI: drop('uri'),
  SnapshotURI: drop('uri'),
  SnapshotUri: drop('uri'),
  VideoURI: drop('uri'),
}

/** Who somebody is, or looks like. */
const PEOPLE: Wanted = {
  EnrollmentID: drop('person'),
  EnrollmentId: drop('person'),
  Name: drop('person'),
  Person: drop('person'),
  UserName: drop('person'),
  CardNumber: drop('person'),
  CredentialHolderName: drop('person'),
  HumanFace: drop('face'),
  Face: drop('face'),
  FaceInfo: drop('face'),
  HumanBody: drop('appearance'),
  Gender: drop('appearance'),
  Age: drop('appearance'),
  Clothing: drop('appearance'),
  MACAddress: drop('mac'),
  MacAddress: drop('mac'),
  Description: drop('text'),
  Text: drop('text'),
  Message: drop('text'),
}

const PLACES: Wanted = {
  BoundingBox: drop('position'),
  Position: drop('position'),
  GeoLocation: drop('position'),
  Trajectory: drop('position'),
  Segments: IGNORE,
  Field: IGNORE,
}

const TOKENS: Wanted = {
  VideoSource: IGNORE,
  VideoSourceToken: IGNORE,
  VideoSourceConfiguration: IGNORE,
  VideoSourceConfigurationToken: IGNORE,
  VideoAnalyticsConfiguration: IGNORE,
  VideoAnalyticsConfigurationToken: IGNORE,
  AnalyticsConfiguration: IGNORE,
  AnalyticsModule: IGNORE,
  Profile: IGNORE,
  ProfileToken: IGNORE,
}

const textOf = (name: string): Wanted => ({ '#text': name, '@Likelihood': IGNORE })

const PLATE: Wanted = {
  PlateNumber: textOf('plate'),
  PlateType: IGNORE,
  CountryCode: textOf('country'),
  IssuingEntity: IGNORE,
  ...PICTURES,
  ...PLACES,
}

const SHAPE = new Shape({
  UtcTime: 'at',
  '@UtcTime': IGNORE,
  PropertyOperation: IGNORE,
  Source: {
    ...TOKENS,
    ...PEOPLE,
    Source: IGNORE,
    Rule: 'rule',
    InputToken: 'token',
    RelayToken: 'relay',
    SensorID: 'sensor',
    Token: 'item',
  },
  Key: { ObjectId: 'keyId', ObjectID: IGNORE, ...PEOPLE },
  Data: {
    ...TOKENS,
    ...PICTURES,
    ...PEOPLE,
    ...PLACES,
    ObjectId: 'objectId',
    ObjectID: IGNORE,
    Count: 'count',
    State: 'state',
    LogicalState: 'logical',
    IsMotion: 'motion',
    IsTamper: 'tamper',
    IsInside: 'inside',
    IsLoitering: 'loitering',
    IsSoundDetected: 'sound',
    Failed: 'failed',
    Value: 'value',
    Threshold: 'threshold',
    Direction: 'direction',
    ClassTypes: 'classes',
    ClassType: 'class',
    Likelihood: 'likelihood',
    ResetTime: IGNORE,
    ReportTimeInterval: IGNORE,
    Speed: IGNORE,
    Since: IGNORE,
    TimeStamp: IGNORE,
    // Some cameras repeat the name of the element inside it.
    LicensePlateInfo: { ...PLATE, LicensePlateInfo: drop('plate') },
    PlateNumber: drop('plate'),
    LicensePlate: drop('plate'),
    Plate: drop('plate'),
    VehicleInfo: {
      Type: textOf('vehicle'),
      Brand: drop('appearance'),
      Model: drop('appearance'),
      Color: drop('appearance'),
      ...PICTURES,
    },
  },
})

/** Members of an event message, by slot. */
export const message = {
  shape: SHAPE,
  picked: new Picked(SHAPE),
  at: SHAPE.slotsOf(
    'at',
    'rule',
    'token',
    'relay',
    'sensor',
    'item',
    'keyId',
    'objectId',
    'count',
    'state',
    'logical',
    'motion',
    'tamper',
    'inside',
    'loitering',
    'sound',
    'failed',
    'value',
    'threshold',
    'direction',
    'classes',
    'class',
    'likelihood',
    'plate',
    'country',
    'vehicle',
  ),
}
