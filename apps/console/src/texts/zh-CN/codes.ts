import type { FaultCode, ProblemCode } from '@wellhead/client/schema'

/** What a data source, a provider or an authorization fails with, beside the API's own problems. */
type FailureCode =
  | 'unauthorized'
  | 'missing_scope'
  | 'not_found'
  | 'quota_exhausted'
  | 'content_unavailable'
  | 'cursor_expired'
  | 'provider_unavailable'
  | 'provider_refused'
  | 'invalid_response'
  | 'misconfigured'
  | 'cancelled'
  | 'access_denied'
  | 'account_mismatch'
  | 'authorization_code_refused'
  | 'authorization_outcome_unknown'
  | 'oauth_client_refused'
  | 'deadline_exceeded'
  | 'run_abandoned'

/** In the place of what the API says in English: see `useWords`. */
export const codes: Readonly<Record<ProblemCode | FailureCode, string>> = {
  connection_not_found: '没有这个连接，或者你无权查看它。',
  data_source_not_found: '没有这个数据源。',
  authorization_not_found: '没有这次授权。',
  pipeline_not_found: '没有这个流水线。',
  node_not_found: '流水线中没有这个节点。',
  run_not_found: '没有这次运行。',
  document_not_found: '没有这个文档。',
  oauth_client_not_found: '没有自定义的 OAuth 客户端。',
  token_not_found: '没有这个 API 令牌。',
  member_not_found: '没有这位成员。',
  invitation_not_found: '没有这个邀请。',
  workspace_not_found: '没有这个工作区。',
  not_found: '找不到所请求的内容。',
  unauthenticated: '请先登录。',
  forbidden: '你没有权限执行此操作。',
  missing_token_scope: 'API 令牌缺少所需的权限范围。',
  session_required: '此操作仅限已登录的成员。',
  wrong_password: '当前密码不正确。',
  cross_origin_refused: '来自其他网站的请求已被拒绝。',
  invalid_request: '填写的内容无效。',
  method_not_allowed: '不支持此操作。',
  not_acceptable: '不支持所请求的格式。',
  payload_too_large: '内容过大。',
  unsupported_media_type: '不支持此内容类型。',
  range_not_satisfiable: '没有所请求的范围。',
  rate_limited: '请求过于频繁，请稍后再试。',
  invalid_settings: '设置无效。',
  invalid_parameters: '参数无效。',
  invalid_cursor: '分页位置无效。',
  invalid_pipeline_document: '流水线文档无效。',
  unknown_data_source: '流水线使用了未安装的数据源。',
  node_not_runnable: 'Wellhead 不运行此节点。',
  invalid_variables: '变量无效。',
  method_not_supported: '此数据源不支持这种授权方式。',
  operation_not_supported: '此数据源不支持此操作。',
  api_key_required: '需要重新输入 API 密钥。',
  credential_invalid: '提供方拒绝了此凭据。',
  min_ttl_unattainable: '此数据源的令牌没有这么长的有效期。',
  oauth_client_missing: '尚未设置 OAuth 客户端。',
  name_taken: '此名称已被使用。',
  no_default_connection: '没有默认连接。',
  connection_not_usable: '此连接目前无法使用。',
  connection_deleting: '此连接正在删除。',
  needs_reauthorization: '此连接需要重新授权。',
  refresh_would_risk_grant: '现在刷新可能导致授权失效。',
  run_finished: '运行已经结束。',
  last_owner: '工作区至少需要一位所有者。',
  already_member: '对方已经是成员。',
  authorization_expired: '这次授权超过了十分钟，没有建立连接。',
  authorization_used: '这次授权已经使用过。',
  authorization_wrong_browser: '这次授权是在另一个浏览器中开始的。',
  authorization_response_invalid: '提供方的响应无效，没有建立连接。',
  authorization_issuer_mismatch: '响应来自另一个提供方，没有建立连接。',
  refresh_in_progress: '正在刷新，请稍候。',
  refresh_failed: '无法刷新凭据。',
  database_unavailable: '数据库暂时不可用，请稍后再试。',
  internal_error: '服务器出错了。',
  vault_key_missing: '缺少加密密钥。',
  vault_tampered: '加密记录已被改动。',
  database_not_migrated: '数据库尚未升级。',
  vault_misconfigured: '加密密钥没有正确配置。',
  vault_unavailable: '密钥服务没有响应。',
  unauthorized: '提供方拒绝了此凭据。',
  missing_scope: '授权缺少所需的权限。',
  quota_exhausted: '提供方的配额已用完。',
  content_unavailable: '无法读取此内容。',
  cursor_expired: '读取位置已过期，请重新开始。',
  provider_unavailable: '提供方暂时没有响应。',
  provider_refused: '提供方拒绝了授权请求，没有建立连接。',
  invalid_response: '提供方的响应无法识别。',
  misconfigured: '数据源或 OAuth 客户端的配置有误。',
  cancelled: '已取消。',
  access_denied: '你没有允许访问，没有建立连接。',
  account_mismatch: '选择了另一个账户，连接保持不变。请用同一个账户重新授权。',
  authorization_code_refused: '提供方没有接受这次授权，请重试。',
  authorization_outcome_unknown: '提供方没有及时响应，无法确定结果。请重新连接。',
  oauth_client_refused: '提供方拒绝了 OAuth 客户端，请检查 OAuth 客户端设置。',
  deadline_exceeded: '运行超过了时限。',
  run_abandoned: '运行多次中断，已放弃。',
}

/** The same for what is wrong with a field: see `useFaultWords`. */
export const faults: Readonly<Record<FaultCode, string>> = {
  needed: '必须填写。',
  not_text: '必须是文本。',
  not_number: '必须是数字。',
  not_whole: '必须是整数。',
  not_boolean: '必须是“是”或“否”。',
  not_list: '必须是列表。',
  not_object: '必须是对象。',
  too_small: '不能小于 {{limit}}。',
  not_above: '必须大于 {{limit}}。',
  not_below: '必须小于 {{limit}}。',
  too_large: '不能大于 {{limit}}。',
  too_short: '至少需要 {{limit}} 个字符。',
  too_long: '最多 {{limit}} 个字符。',
  too_few: '至少需要 {{limit}} 项。',
  too_many: '最多 {{limit}} 项。',
  not_multiple: '必须是 {{limit}} 的倍数。',
  not_address: '必须是以 http:// 或 https:// 开头的网址。',
  not_email: '必须是电子邮件地址。',
  not_instant: '必须是日期和时间，例如 2026-01-31T12:00:00Z。',
  not_offered: '必须是以下之一：{{limit}}。',
  not_this: '必须是 {{limit}}。',
  unknown_field: '没有这个字段。',
  not_valid: '无效。',
}
