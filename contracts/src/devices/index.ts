export { type HandedOut, type Issuer, letIn, rotate, TOKEN_PREFIX, tokenId } from './credentials.ts'
export {
  CREDENTIAL_KINDS,
  type CredentialKind,
  DEVICE_COLUMNS,
  type DeviceRequest,
  FORMAT_NAMES,
  type Format,
  mistakeInName,
  principalFrom,
  readDeviceRequests,
} from './requests.ts'
export { isTopicFilter, mistakeInFilter, mistakeInFilters } from './topic-filter.ts'
