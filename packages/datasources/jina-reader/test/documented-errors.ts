import type { ErrorFact } from '@wellhead/testkit'

const said = (code: number, status: number, name: string) => ({
  data: null,
  code,
  status,
  name,
  message: `${name}.`,
  readableMessage: `${name}: ${name}.`,
})

/** Reader's answers as its docs and its public issues show them, and what stands in front of it. */
export const documentedErrors: readonly ErrorFact[] = [
  { status: 400, body: said(400, 40001, 'ParamValidationError'), code: 'invalid_request' },
  { status: 401, body: said(401, 40102, 'AuthenticationFailedError'), code: 'unauthorized' },
  { status: 401, body: said(401, 40103, 'AuthenticationRequiredError'), code: 'unauthorized' },
  { status: 402, body: said(402, 40201, 'InsufficientCreditsError'), code: 'quota_exhausted' },
  { status: 402, body: said(402, 40202, 'TierFeatureConstraintError'), code: 'missing_scope' },
  { status: 402, body: said(402, 40203, 'InsufficientBalanceError'), code: 'quota_exhausted' },
  { status: 402, body: 'InsufficientBalanceError: Account balance not enough', code: 'quota_exhausted' },
  { status: 403, body: said(403, 40301, 'OperationNotAllowedError'), code: 'missing_scope' },
  { status: 403, body: '<html>Attention Required!</html>', code: 'provider_unavailable' },
  { status: 404, body: said(404, 40400, 'ResourceNotFoundError'), code: 'not_found' },
  { status: 408, code: 'provider_unavailable' },
  { status: 409, body: said(409, 40904, 'BudgetExceededError'), code: 'content_unavailable' },
  { status: 422, body: said(422, 42206, 'AssertionFailureError'), code: 'not_found' },
  { status: 422, body: said(422, 42200, 'DataStreamBrokenError'), code: 'content_unavailable' },
  { status: 429, body: said(429, 42903, 'RateLimitTriggeredError'), code: 'rate_limited' },
  { status: 429, body: 'RateLimitTriggeredError: Per IP rate limit exceeded', code: 'rate_limited' },
  { status: 451, body: said(451, 45102, 'SecurityCompromiseError'), code: 'content_unavailable' },
  { status: 500, body: said(500, 50000, 'ApplicationError'), code: 'provider_unavailable' },
  { status: 503, body: said(503, 50301, 'ServiceCrashedError'), code: 'provider_unavailable' },
  { status: 524, body: '<html>A timeout occurred</html>', code: 'provider_unavailable' },
]
