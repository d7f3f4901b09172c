/**
 * The tables of the records database as the query layer sees them. Instants are epoch ms; booleans are 0 or 1 and
 * lists and geometries JSON text, so that one definition serves SQLite and PostgreSQL.
 */
export interface Tables {
  migrations: MigrationsTable
  counters: CountersTable
  principals: PrincipalsTable
  users: UsersTable
  sessions: SessionsTable
  places: PlacesTable
  assets: AssetsTable
  series: SeriesTable
  audit_head: AuditHeadTable
  leases: LeasesTable
  credentials: CredentialsTable
  principal_changes: PrincipalChangesTable
  device_log: DeviceLogTable
  registry_versions: RegistryVersionsTable
  series_words: SeriesWordsTable
}

export interface MigrationsTable {
  name: string
  applied_at: number
}

/** Numbers that only grow, such as the next series number; the row lock puts writers in line. */
export interface CountersTable {
  name: string
  value: number
}

export interface PrincipalsTable {
  name: string
  source: string
  kind: string
  publish: string
  subscribe: string
  devices: string
  personal: number
  historical: number
  enabled: number
  salt: string
  secret_sha256: string
}

export interface UsersTable {
  name: string
  display_name: string
  role: string
  zones: string
  enabled: number
  language: string
  /** argon2id in its encoded form; null for a person who cannot log in yet. */
  password_hash: string | null
}

export interface SessionsTable {
  token_sha256: string
  user_name: string
  created_at: number
  seen_at: number
}

export interface PlacesTable {
  id: string
  kind: string
  parent_id: string | null
  /** The zone this place is, or lies in. */
  zone_id: string | null
  name: string
  name_ar: string
  geometry: string
  height_m: number
  width_m: number
  revision: number
  since_at: number
}

export interface AssetsTable {
  id: string
  kind: string
  place_id: string
  zone_id: string | null
  parent_id: string | null
  name: string
  name_ar: string
  longitude: number
  latitude: number
  level: number
  criticality: number
  craft: string
  contractor: string
  statutory_class: string
  revision: number
  since_at: number
}

export interface SeriesTable {
  /** Order of registration: the order of every listing. */
  n: number
  id: string
  key: string
  property: string
  unit: string
  asset_id: string | null
  interval_ms: number
  source: string
  valid_min: number | null
  valid_max: number | null
  status: string
  /** What it is sent in where that is another unit, which the gateway converts. */
  sent_unit: string | null
  /** What its readings have shown; 0 while they have not, or when it is declared. */
  learnt_interval_ms: number
  personal: number
  historical: number
  /** Copied from the asset, so that a filter needs one index and no join. */
  asset_kind: string | null
  place_id: string | null
  zone_id: string | null
  revision: number
  /** From when on it is as the row says; what it was before stands in {@link RegistryVersionsTable}. */
  since_at: number
}

/** What a place, an asset or a series was, `[since_at, until_at)`: its row of then, as JSON. */
export interface RegistryVersionsTable {
  n: number
  kind: 'place' | 'asset' | 'series'
  id: string
  since_at: number
  until_at: number
  value: string
}

/** Every word that a series is found by, so that a piece of one can be looked for. */
export interface SeriesWordsTable {
  word: string
}

/** The newest record of the audit chain, once: a chain that ends earlier has lost its end. */
export interface AuditHeadTable {
  chain: string
  sequence: number
  hash: string
}

/** Who may act alone, until when. */
export interface LeasesTable {
  name: string
  holder: string
  /** Grows each time that another takes it. */
  term: number
  /** By the database's clock. */
  expires_at: number
}

/** Certificates and tokens of principals, by the SHA-256 of each. */
export interface CredentialsTable {
  id: string
  kind: string
  principal: string
  serial: string
  issued_at: number
  expires_at: number | null
  revoked_at: number | null
  reason: string
}

/** Whose rights or credentials have changed, in order; the oldest are dropped. */
export interface PrincipalChangesTable {
  n: number
  name: string
}

/** What happened to devices at the door; the oldest are dropped. */
export interface DeviceLogTable {
  n: number
  at: number
  until: number
  times: number
  device: string
  event: string
  detail: string
  address: string
}
