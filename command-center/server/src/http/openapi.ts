import { apiErrorSchema } from '@quartier/contracts/api'
import { z } from 'zod'
import { type Endpoint, PERMISSIONS, type Permission } from '../access/permissions.ts'
import { SESSION_COOKIE } from '../access/sessions.ts'
import { ENDPOINTS, type EndpointFacts } from './endpoints.ts'

type Json = Record<string, unknown>

let made: Json | undefined

/** OpenAPI 3.1, made of the endpoint table and the permission table. */
export function openApiDocument(): Json {
  made ??= {
    openapi: '3.1.0',
    info: { title: 'Quartier command centre', version: '1', license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    servers: [{ url: '/' }],
    paths: paths(),
    components: {
      securitySchemes: {
        session: { type: 'apiKey', in: 'cookie', name: SESSION_COOKIE },
        csrf: { type: 'apiKey', in: 'header', name: 'x-csrf-token' },
      },
      schemas: { Error: schemaOf(apiErrorSchema, 'output') },
    },
  }
  return made
}

function paths(): Json {
  const all: Record<string, Json> = {}
  for (const [name, facts] of Object.entries(ENDPOINTS)) {
    const [method = '', path = ''] = name.split(' ')
    const at = path.replace(/:(\w+)/g, '{$1}')
    all[at] = { ...all[at], [method.toLowerCase()]: operation(name as Endpoint, path, facts) }
  }
  return all
}

function operation(name: Endpoint, path: string, facts: EndpointFacts): Json {
  const permission: Permission = PERMISSIONS[name]
  const write = !name.startsWith('GET ')
  return {
    operationId: name
      .replace(/[^A-Za-z]+(\w)/g, (_, letter: string) => letter.toUpperCase())
      .replace(/^[A-Z]+/, (m) => m.toLowerCase()),
    tags: [facts.tag],
    summary: facts.summary,
    'x-roles': permission.roles,
    'x-whole-district': permission.wholeDistrict ?? false,
    security: permission.roles === 'anybody' ? [] : [write ? { session: [], csrf: [] } : { session: [] }],
    parameters: [...pathParameters(path), ...keyParameter(permission), ...queryParameters(facts.query)],
    ...(facts.body
      ? {
          requestBody: {
            required: true,
            content: contentOf(facts.bodyType ?? ['application/json'], schemaOf(facts.body, 'input')),
          },
        }
      : {}),
    responses: {
      ...success(facts.answer),
      default: {
        description: 'refused or failed',
        content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
      },
    },
  }
}

const contentOf = (types: readonly string[], schema: Json): Json =>
  Object.fromEntries(types.map((type) => [type, { schema }]))

function success(answer: EndpointFacts['answer']): Json {
  if (answer === null) return { 204: { description: 'done' } }
  const content =
    typeof answer === 'string'
      ? { [answer]: { schema: { type: 'string' } } }
      : { 'application/json': { schema: schemaOf(answer, 'output') } }
  return { 200: { description: 'done', content } }
}

const pathParameters = (path: string): Json[] =>
  [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({ name, in: 'path', required: true, schema: { type: 'string' } }))

const keyParameter = (permission: Permission): Json[] =>
  permission.key
    ? [
        {
          name: 'idempotency-key',
          in: 'header',
          required: true,
          schema: { type: 'string', minLength: 8, maxLength: 100 },
        },
      ]
    : []

function queryParameters(query: z.ZodObject | undefined): Json[] {
  return Object.entries(query?.shape ?? {}).map(([name, schema]) => {
    const type = schema as z.ZodType
    const { description, ...rest } = schemaOf(type, 'input')
    return {
      name,
      in: 'query',
      required: !type.safeParse(undefined).success,
      ...(description ? { description } : {}),
      schema: rest,
    }
  })
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, target: 'draft-2020-12', unrepresentable: 'any' })
  return rest as Json
}
