import { z } from 'zod'
import { QuartierError } from '../errors.ts'
import { readConfigFile } from './config-file.ts'

export interface ConfigSources {
  /** Name of the service: the section of the file, and in capitals the prefix of the environment variables. */
  readonly service: string
  /** In place of the service's name before the environment variables. */
  readonly envPrefix?: string
  readonly file?: string
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Wins over everything: flags of a command, or what a parent process passes on. */
  readonly overrides?: object
}

/**
 * One service's configuration: defaults of the schema, then the service's section of a JSON or YAML file, then environment
 * variables named after the path (`INGEST_STORE_URL`), then overrides. All mistakes are reported together.
 * @throws QuartierError CONFIG_INVALID
 */
export function loadConfig<S extends z.ZodObject>(schema: S, sources: ConfigSources): Readonly<z.output<S>> {
  const merged: Record<string, unknown> = {}
  if (sources.file) assign(merged, readConfigFile(sources.file)[sources.service] ?? {})
  const prefix = sources.envPrefix ?? sources.service
  for (const field of fieldsOf(schema)) {
    const raw = sources.env?.[envName(prefix, field.path)]
    if (raw !== undefined) set(merged, field.path, fromText(raw, field.type))
  }
  assign(merged, sources.overrides ?? {})
  const parsed = z.strictObject(schema.shape).safeParse(merged)
  if (parsed.success) return deepFreeze(parsed.data) as Readonly<z.output<S>>
  const mistakes = parsed.error.issues.flatMap((issue) => {
    const path = [sources.service, ...issue.path].join('.')
    if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => `  ${path}.${key}: there is no such setting`)
    return [`  ${path}: ${issue.message}`]
  })
  throw new QuartierError(
    'CONFIG_INVALID',
    `The configuration of ${sources.service} has mistakes:\n${mistakes.join('\n')}`,
  )
}

export interface ConfigField {
  readonly path: readonly string[]
  readonly type: string
  readonly description: string
  readonly defaultValue: unknown
}

/** The leaves of a schema, for environment variables and for the table in the README. */
export function fieldsOf(schema: z.ZodObject, path: readonly string[] = []): ConfigField[] {
  return Object.entries(schema.shape).flatMap(([name, field]) => {
    const inner = unwrap(field as z.ZodType)
    const here = [...path, name]
    if (inner.type instanceof z.ZodObject) return fieldsOf(inner.type, here)
    const description = (field as z.ZodType).description ?? inner.type.description ?? ''
    return [{ path: here, type: inner.type.def.type, description, defaultValue: inner.defaultValue }]
  })
}

function unwrap(type: z.ZodType): { type: z.ZodType; defaultValue: unknown } {
  let t = type
  let defaultValue: unknown
  for (;;) {
    if (t instanceof z.ZodDefault || t instanceof z.ZodPrefault) {
      defaultValue = t.def.defaultValue
      t = t.def.innerType as z.ZodType
    } else if (t instanceof z.ZodOptional || t instanceof z.ZodNullable) t = t.def.innerType as z.ZodType
    else return { type: t, defaultValue }
  }
}

/** The environment variable of a setting, such as `INGEST_STORE_URL`. */
export const envName = (prefix: string, path: readonly string[]): string =>
  [prefix, ...path]
    .join('_')
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll('-', '_')
    .toUpperCase()

function fromText(raw: string, type: string): unknown {
  if (type === 'number') return Number(raw)
  if (type === 'boolean') return raw === 'true' ? true : raw === 'false' ? false : raw
  if (type === 'array' || type === 'record') {
    try {
      return JSON.parse(raw)
    } catch {
      return raw
    }
  }
  return raw
}

function set(target: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [head, ...rest] = path
  if (head === undefined) return
  if (rest.length === 0) target[head] = value
  else {
    target[head] = { ...(target[head] as object) }
    set(target[head] as Record<string, unknown>, rest, value)
  }
}

function assign(target: Record<string, unknown>, from: object): void {
  for (const [name, value] of Object.entries(from)) {
    if (value === undefined) continue
    const both = isPlain(value) && isPlain(target[name])
    if (both) assign(target[name] as Record<string, unknown>, value as object)
    else target[name] = isPlain(value) ? structuredClone(value) : value
  }
}

const isPlain = (v: unknown): v is object =>
  typeof v === 'object' && v !== null && Object.getPrototypeOf(v) === Object.prototype

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !ArrayBuffer.isView(value)) {
    Object.freeze(value)
    for (const inner of Object.values(value)) deepFreeze(inner)
  }
  return value
}
