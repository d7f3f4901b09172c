import { StandardSchemaValidationPipe } from '@nestjs/common'
import { Problem } from './problem.ts'

/** Checks bodies, queries and parameters against the schema named beside them, and says which field is wrong. */
export const validation = (): StandardSchemaValidationPipe =>
  new StandardSchemaValidationPipe({
    exceptionFactory: (issues) => {
      const texts = issues.slice(0, 10).map((issue) => `${pathOf(issue.path)}: ${issue.message}`)
      return new Problem(400, 'INPUT_INVALID', texts.join('; '), { where: pathOf(issues[0]?.path) })
    },
  })

type Path = Parameters<
  NonNullable<NonNullable<ConstructorParameters<typeof StandardSchemaValidationPipe>[0]>['exceptionFactory']>
>[0][number]['path']

const pathOf = (path: Path): string =>
  (path ?? []).map((part) => String(typeof part === 'object' ? part.key : part)).join('.') || 'request'
