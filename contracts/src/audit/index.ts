export {
  AUDIT_CHAIN,
  type Audit,
  type AuditEntry,
  type AuditRecord,
  auditEntrySchema,
  auditRecordSchema,
  createAudit,
} from './chain.ts'
export { type AuditFault, type AuditReport, type VerifyOptions, verifyAudit } from './verify.ts'
