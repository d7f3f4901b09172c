export {
  AUTHORITY_FILES,
  type Authority,
  commonName,
  fingerprintOf,
  type Issued,
  type IssueRequest,
  openAuthority,
  writeOnce,
} from './authority.ts'
