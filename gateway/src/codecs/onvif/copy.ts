import { aName, aNumber, anObject, aShortNumber, aTime, aTruth, aWord, either, type Kept } from '../../privacy/copy.ts'

/** Words of ONVIF and of its cameras for states and for what moves; others may be somebody's. */
const aState = either(aTruth, aNumber, aWord('true false active inactive on off'))
const CLASSES = 'human person vehicle car truck bus bicycle bike motorcycle motorbike animal bag other unknown'
const aClass = aWord(CLASSES)

/** `{ "@Likelihood": 0.9, "#text": "Car" }`, or the word alone. */
const aLikely = (word: Kept): Kept => either(word, anObject({ '@Likelihood': aNumber, '#text': word }))

/** Of several classes those that are known. */
const classes: Kept = (value) =>
  typeof value === 'string' ? value.split(' ').filter(aClass).join(' ') || undefined : undefined

const TOKENS = {
  ...{ VideoSource: aShortNumber, VideoSourceToken: aShortNumber, VideoSourceConfigurationToken: aShortNumber },
  ...{ VideoAnalyticsConfigurationToken: aShortNumber, AnalyticsModule: aShortNumber, Profile: aShortNumber },
}

/** An event message of ONVIF without what could tell who somebody is: no plate, face, name, picture, place or look. */
export const eventCopy: Kept = anObject({
  UtcTime: aTime,
  PropertyOperation: aWord('initialized changed deleted'),
  Source: anObject({ ...TOKENS, Rule: aName, InputToken: aName, RelayToken: aName, SensorID: aName }),
  Key: anObject({ ObjectId: aShortNumber }),
  Data: anObject({
    ...{ ObjectId: aShortNumber, Count: either(aNumber, aShortNumber), Likelihood: aNumber, Direction: aName },
    ...{ State: aState, LogicalState: aState, IsMotion: aState, IsTamper: aState, IsInside: aState },
    ...{ IsLoitering: aState, IsSoundDetected: aState, Failed: aState },
    ...{ Value: either(aNumber, aState), Threshold: aNumber, ClassTypes: classes, ClassType: aClass },
    LicensePlateInfo: anObject({
      CountryCode: aLikely((value) => (/^[A-Z]{2}$/.test(String(value)) ? value : undefined)),
    }),
    VehicleInfo: anObject({ Type: aLikely(aClass) }),
  }),
})
