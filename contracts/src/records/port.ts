import type { Asset, DistrictModel, Geometry, Place, SeriesDefinition } from '../schemas/registry.ts'
import type { AssetVersion, SeriesVersion } from './versions.ts'

export { type AssetVersion, type SeriesVersion, type Stretch, stretchesOf, versionAt } from './versions.ts'

/** Whoever may speak MQTT: a device, a gateway that speaks for devices, or a service. */
export interface Principal {
  readonly name: string
  /** First part of every series key that this principal may write. */
  readonly source: string
  readonly kind: 'device' | 'gateway' | 'service'
  /** MQTT topic filters; `%p` stands for the principal's name, `%s` for its source. */
  readonly publish: readonly string[]
  readonly subscribe: readonly string[]
  /** Devices it may speak for: exact ids, or prefixes ending in `*`. */
  readonly devices: readonly string[]
  readonly personal: boolean
  readonly historical: boolean
  readonly enabled: boolean
}

/** A principal as it stands now. */
export interface PrincipalStanding {
  readonly principal: Principal
  /** Another one for every secret that is handed out; tells nothing about it. */
  readonly secretVersion: string
  /** Ids of its certificates and tokens that are not revoked. */
  readonly credentials: readonly string[]
}

/** A certificate or token by which a principal is known. */
export interface Credential {
  /** SHA-256, hex: of the certificate (DER), or of the token. */
  readonly id: string
  readonly kind: 'certificate' | 'token'
  readonly principal: string
  /** Of the certificate, hex; '' for a token. */
  readonly serial: string
  readonly issuedAt: number
  /** Null: it does not expire. */
  readonly expiresAt: number | null
  readonly revokedAt: number | null
  /** Why it was revoked; ''. */
  readonly reason: string
}

/** Who has changed since a revision; `all` when it is too long ago to say. */
export interface PrincipalChanges {
  readonly names: readonly string[] | 'all'
  readonly revision: number
}

/** MQTT principals. A secret is generated here (128 bit), handed out once and kept as salted SHA-256. */
export interface PrincipalStore {
  /** Resolves to the principal when the secret is right and it is enabled; takes the same time either way. */
  authenticate(name: string, secret: Uint8Array): Promise<Principal | undefined>
  /** Creates or replaces; resolves to the new secret, base64url. */
  put(principal: Principal): Promise<string>
  /** The same for many, all or none, with credentials for them; resolves to the secrets in the order given. */
  putAll(principals: readonly Principal[], credentials?: readonly Credential[]): Promise<readonly string[]>
  /** Replaces everything but the secret; resolves to false when there is no such principal. */
  update(principal: Principal): Promise<boolean>
  find(name: string): Promise<Principal | undefined>
  /** Those of up to 500 names that there are, in no order. */
  standings(names: readonly string[]): Promise<readonly PrincipalStanding[]>
  list(): Promise<readonly Principal[]>
  /** Its credentials are revoked as well. */
  remove(name: string): Promise<void>
  addCredentials(credentials: readonly Credential[]): Promise<void>
  credential(id: string): Promise<Credential | undefined>
  /** Newest first; of all principals when none is named. */
  credentials(principal?: string): Promise<readonly Credential[]>
  /**
   * Revokes what holds of a principal's credentials, but for `except`; resolves to how many there were. With `reset`
   * its secret is replaced by one that nobody knows.
   */
  revoke(principal: string, why: Revocation): Promise<number>
  /** Those whose rights, secrets or credentials have changed since `after`; without it only the revision. */
  changes(after?: number): Promise<PrincipalChanges>
}

export interface Revocation {
  readonly at: number
  readonly reason: string
  readonly except?: readonly string[]
  readonly reset?: boolean
}

/** One thing that happened to a device at the door, `times` times between two instants. */
export interface DeviceLogLine {
  readonly at: number
  readonly until: number
  readonly times: number
  /** The name it gave or its certificate holds; '' when it gave none. */
  readonly device: string
  /** A stable word such as `certificate-revoked`. */
  readonly event: string
  /** A sentence for people. */
  readonly detail: string
  /** Where it came from. */
  readonly address: string
}

export interface DeviceLogQuery {
  readonly device?: string
  readonly event?: string
  /** Default 100, at most 1,000. */
  readonly limit?: number
  /** Position behind which to go on. */
  readonly before?: number
}

/** What happens to devices at the door, newest first; holds the newest 100,000 lines. */
export interface DeviceLog {
  add(lines: readonly DeviceLogLine[]): Promise<void>
  list(
    query?: DeviceLogQuery,
  ): Promise<{ readonly lines: readonly DeviceLogLine[]; readonly before: number | undefined }>
}

export const ROLES = ['administrator', 'operator', 'maintenance', 'planner', 'viewer'] as const
export type Role = (typeof ROLES)[number]

export interface User {
  readonly name: string
  readonly displayName: string
  readonly role: Role
  /** Zone ids this person sees; empty means the whole district. */
  readonly zones: readonly string[]
  readonly enabled: boolean
  readonly language: 'en' | 'ar'
}

export interface LoginSession {
  readonly user: User
  /** Echoed by the client on every command (double submit against cross-site requests). */
  readonly csrfToken: string
  readonly expiresAt: number
}

/** People. Passwords are kept as argon2id; sessions as SHA-256 of a random token. */
export interface UserStore {
  /** Creates or replaces the person; a password that is given is hashed. */
  put(user: User, password?: string): Promise<void>
  list(): Promise<readonly User[]>
  count(): Promise<number>
  /** Resolves to a new session's token, or undefined: unknown name and wrong password take the same time. */
  login(name: string, password: string, now: number): Promise<{ token: string; session: LoginSession } | undefined>
  session(token: string, now: number): Promise<LoginSession | undefined>
  logout(token: string): Promise<void>
}

export interface RefusedLine {
  /** From 1; in GeoJSON the number of the feature. */
  readonly line: number
  readonly reason: string
}

export interface ImportReport {
  /** Lines, or features. */
  readonly accepted: number
  readonly refused: readonly RefusedLine[]
  /** Refused lines beyond those listed. */
  readonly refusedMore: number
}

/** One thing that an import would make or change. */
export interface PreviewedChange {
  readonly kind: 'place' | 'asset' | 'series'
  /** Key of a series. */
  readonly id: string
  readonly change: 'added' | 'changed'
  /** Of a change what it would be instead; of something new empty. */
  readonly fields: readonly { readonly name: string; readonly before: string | null; readonly after: string | null }[]
}

export interface PreviewCounts {
  readonly places: number
  readonly assets: number
  readonly series: number
}

/** What an import would do; nothing of it is done. */
export interface ImportPreview extends ImportReport {
  readonly added: PreviewCounts
  readonly changed: PreviewCounts
  /** The first of them. */
  readonly changes: readonly PreviewedChange[]
}

export interface SeriesQuery {
  /**
   * Words that must all occur in key, asset id, asset name or place name: whole, as a beginning, and from three letters on
   * anywhere in a word. Or the id of a series.
   */
  readonly text?: string
  readonly zoneId?: string
  readonly placeId?: string
  readonly assetId?: string
  readonly assetKind?: string
  /** An asset: series of it and of all that hangs on it in the topology. */
  readonly under?: string
  readonly property?: string
  readonly status?: SeriesDefinition['status']
  /** Default 200, at most 10,000. */
  readonly limit?: number
  readonly after?: string
}

export interface AssetQuery {
  readonly zoneId?: string
  readonly placeId?: string
  readonly kind?: string
  /** Default 1,000, at most 10,000. */
  readonly limit?: number
  readonly after?: string
}

/** A series that was not taken: `collision` (another key has its id), `unknown-asset`, or what is wrong with it. */
export interface RefusedSeries {
  readonly key: string
  readonly reason: string
}

export interface ChangeOptions {
  /** From when on the change holds, epoch ms (default: now). What was before then is kept as an earlier version. */
  readonly at?: number
}

export interface PutOptions extends ChangeOptions {
  /** They were read from the log, which need not be told again. */
  readonly fromLog?: boolean
}

/** What the log must still be told, oldest change first. `revision` goes back into {@link RegistryStore.announced}. */
export interface Pending<T> {
  readonly items: readonly T[]
  readonly revision: number
}

/**
 * District → zones → places → assets → series. Listings of series are in order of registration, those of assets by id;
 * `after` is the key (id) of the last one on the page before. Errors: RECORDS_INVALID names every mistake.
 */
export interface RegistryStore {
  /** Checks everything first and writes nothing when something is wrong. What exists is replaced. */
  importDistrict(model: DistrictModel, onProgress?: (share: number) => void, options?: ChangeOptions): Promise<void>
  /** CSV with a header line, one item a line; columns are named in docs/registry.md. Every refused line is reported. */
  importSeriesCsv(
    lines: AsyncIterable<string>,
    onProgress?: (rows: number) => void,
    options?: ChangeOptions,
  ): Promise<ImportReport>
  /** A GeoJSON text, one place or asset a feature; see docs/registry.md. `line` in the report is the number of the feature. */
  importGeoJson(text: string, onProgress?: (features: number) => void, options?: ChangeOptions): Promise<ImportReport>
  /**
   * What an import of this file would do, found out by doing it and taking it back: everybody else waits meanwhile, so
   * this is for files of some ten thousand lines.
   */
  previewImport(
    file: { readonly csv: AsyncIterable<string> } | { readonly geoJson: string },
    options?: ChangeOptions,
  ): Promise<ImportPreview>
  /** Adds or replaces; resolves to those that were refused, while the others are kept. */
  putSeries(series: readonly SeriesDefinition[], options?: PutOptions): Promise<readonly RefusedSeries[]>
  /** Intervals that readings have shown, by key, where none is declared; resolves to how many of them are news. */
  learnIntervals(learnt: ReadonlyMap<string, number>): Promise<number>
  places(): Promise<readonly Place[]>
  assets(query?: AssetQuery): Promise<readonly Asset[]>
  asset(id: string): Promise<Asset | undefined>
  series(query: SeriesQuery): Promise<readonly SeriesDefinition[]>
  seriesByKey(key: string): Promise<SeriesDefinition | undefined>
  /** Those of these keys that are registered. */
  seriesByKeys(keys: readonly string[]): Promise<ReadonlyMap<string, SeriesDefinition>>
  /** What each of these series was and is, oldest first, by key; those that are not registered are left out. */
  seriesVersions(keys: readonly string[]): Promise<ReadonlyMap<string, readonly SeriesVersion[]>>
  /** The same of an asset; empty when there is none. */
  assetVersions(id: string): Promise<readonly AssetVersion[]>
  /** Zone that an asset lies in; undefined for an asset nobody placed. */
  zoneOf(assetId: string): Promise<string | undefined>
  counts(): Promise<{ places: number; assets: number; series: number; quarantined: number }>
  extent(): Promise<Geometry | undefined>
  /**
   * Changes that the log has not been told of, or those behind the revision `after`; see announce.ts, which is what most
   * callers want.
   */
  pending(kind: 'places', limit: number, after?: number): Promise<Pending<Place>>
  pending(kind: 'assets', limit: number, after?: number): Promise<Pending<Asset>>
  pending(kind: 'series', limit: number, after?: number): Promise<Pending<SeriesDefinition>>
  announced(kind: 'places' | 'assets' | 'series', revision: number): Promise<void>
}

/** The newest record of an append-only chain, so that a chain which lost its end is found out. */
export interface ChainHead {
  readonly sequence: number
  readonly hash: string
}

export interface LeaseOptions {
  readonly signal?: AbortSignal
  /** How long a holder that is heard of no more is believed, ms; default 3,000. */
  readonly ttlMs?: number
}

/** The records database: SQLite on one machine, PostgreSQL beyond. Errors: RECORDS_UNAVAILABLE, RECORDS_CLOSED. */
export interface Records {
  readonly principals: PrincipalStore
  readonly deviceLog: DeviceLog
  readonly users: UserStore
  readonly registry: RegistryStore
  /** Runs `work` while no other process of the installation runs work under the same name. Not reentrant. */
  lock<T>(name: string, work: () => Promise<T>): Promise<T>
  /**
   * Runs `act` at one replica of the installation at a time; the others wait. `held` is aborted when the lease could not
   * be renewed: `act` then stops, and is run anew once this replica has the lease again. When its holder dies another
   * takes over within the lease's time. `term` grows with each holder, so that what comes late from an earlier one can
   * be told. Resolves when `act` has ended by itself or `signal` is aborted; rejects when `act` does
   * while it holds the lease.
   */
  lease(name: string, act: (held: AbortSignal, term: number) => Promise<void>, options?: LeaseOptions): Promise<void>
  /** Names, in no order, of the leases that are held now and begin with `prefix`. */
  leases(prefix: string): Promise<readonly string[]>
  readonly chains: {
    head(chain: string): Promise<ChainHead | undefined>
    /** Never goes back: an older head than the stored one changes nothing. */
    advance(chain: string, head: ChainHead): Promise<void>
  }
  close(): Promise<void>
}
