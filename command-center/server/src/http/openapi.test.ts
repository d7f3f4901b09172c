import { expect, test } from 'vitest'
import { ENDPOINTS } from './endpoints.ts'
import { openApiDocument } from './openapi.ts'

interface Operation {
  operationId: string
  parameters: { name: string; in: string; required: boolean; schema: object }[]
  responses: Record<string, { description: string }>
}

const document = openApiDocument() as unknown as { openapi: string; paths: Record<string, Record<string, Operation>> }
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
)

test('the document has every endpoint, once', () => {
  const named = operations.map(({ path, method }) => `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`)
  expect(named.sort()).toEqual(Object.keys(ENDPOINTS).sort())
  const ids = operations.map(({ operation }) => operation.operationId)
  expect(new Set(ids).size).toBe(ids.length)
})

test('it is OpenAPI 3.1: every part of a path is a required parameter, every answer is described', () => {
  expect(document.openapi).toMatch(/^3\.1\./)
  for (const { path, operation } of operations) {
    const inPath = operation.parameters.filter((p) => p.in === 'path')
    expect(inPath.map((p) => `{${p.name}}`)).toEqual(path.match(/\{\w+\}/g) ?? [])
    expect(inPath.every((p) => p.required)).toBe(true)
    expect(Object.values(operation.responses).every((r) => r.description.length > 0)).toBe(true)
  }
})

test('every reference leads somewhere', () => {
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map((m) => m[1] as string)
  expect(references.length).toBeGreaterThan(0)
  for (const reference of references) {
    const found = reference.split('/').reduce<unknown>((at, name) => (at as Record<string, unknown>)?.[name], document)
    expect([reference, found]).toEqual([reference, expect.anything()])
  }
})

test('required and optional parameters are told apart', () => {
  const parameters = document.paths['/api/range']?.get?.parameters ?? []
  expect(parameters.map((p) => [p.name, p.required])).toEqual([
    ['series', true],
    ['from', true],
    ['to', true],
    ['limit', false],
  ])
  const query = document.paths['/api/series']?.get?.parameters ?? []
  expect(query.every((p) => !p.required)).toBe(true)
})
