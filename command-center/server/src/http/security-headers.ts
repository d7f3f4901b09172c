import type { NextFunction, Request, Response } from 'express'

/** Our own files only; the map library starts its worker from a blob. Nothing is fetched from elsewhere. */
export const CONTENT_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "font-src 'self'",
  "img-src 'self' blob:",
  "connect-src 'self'",
  "worker-src 'self' blob:",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ')

/** The same, with data and pictures from one origin more. */
const policyWith = (origin: string): string =>
  CONTENT_POLICY.replace(/(connect-src|img-src) 'self'/g, (directive) => `${directive} ${origin}`)

/** @param options `alsoFrom`: where the style of the base map is */
export function securityHeaders(options: { https: boolean; alsoFrom?: string | undefined }) {
  const policy = options.alsoFrom === undefined ? CONTENT_POLICY : policyWith(options.alsoFrom)
  return (request: Request, response: Response, next: NextFunction): void => {
    response.set({
      'content-security-policy': policy,
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
    })
    if (options.https) response.set('strict-transport-security', 'max-age=31536000; includeSubDomains')
    if (request.path.startsWith('/api/')) response.set('cache-control', 'no-store')
    next()
  }
}
