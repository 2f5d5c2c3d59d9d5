import type { Candidate } from '../../cli/completes.ts';
import { type AuditRule, auditRules } from '../../kubelet/audit-rules.ts';
import { causes } from '../../kubelet/causes/all-causes.ts';
import type { Layer } from '../../kubelet/causes/cause-entry.ts';
import { type Cause, describeCause, entryOf } from '../../kubelet/causes/causes.ts';
import { apiVersion } from '../../text/api-version.ts';

/** The general description of a cause. `-o json` and `-o yaml` print it unchanged. */
export interface CausePage {
  readonly apiVersion: typeof apiVersion;
  readonly kind: 'KubeletErrorCause';
  readonly cause: Cause;
  readonly layer: Layer;
  readonly reason: string;
  readonly remedy?: string;
  /** Error messages with this cause. */
  readonly examples: readonly string[];
  readonly commands: readonly string[];
}

/** A rule of audit. `-o json` and `-o yaml` print it unchanged. */
export interface RulePage extends AuditRule {
  readonly apiVersion: typeof apiVersion;
  readonly kind: 'KubeletAuditRule';
}

export type Page = CausePage | RulePage;

/** Causes that commands for several nodes count under another word, by this word. */
const counted: Readonly<Record<string, Cause>> = {
  'timed-out': 'connection-timed-out',
  denied: 'forbidden',
};

/** Finds the page of a cause (`no-route`) or of an audit rule (`KA403`). */
export function findPage(name: string): Page | undefined {
  const named = dashed(name);
  const meant = Object.hasOwn(counted, named) ? counted[named] : undefined;
  const cause = meant ?? causes.find((each) => dashed(each) === named);
  if (cause) return causePage(cause);
  const rule = auditRules.find(({ id }) => dashed(id) === named);
  return rule && rulePage(rule);
}

/**
 * Returns the audit rules whose ids begin with `name`: all rules for `KA`, the rules about certificates for `KA2`. Returns none for other
 * words.
 */
export function findRules(name: string): readonly RulePage[] {
  if (!/^ka\d{0,2}$/i.test(name)) return [];
  return auditRules.filter(({ id }) => id.startsWith(name.toUpperCase())).map(rulePage);
}

function rulePage(rule: AuditRule): RulePage {
  return { apiVersion, kind: 'KubeletAuditRule', ...rule };
}

export function causePage(cause: Cause): CausePage {
  const { layer, examples } = entryOf(cause);
  const where = { hop: 'caller-or-apiserver-to-kubelet' } as const;
  const { sentence, remedy, hints } = describeCause({ cause }, where);
  return {
    apiVersion,
    kind: 'KubeletErrorCause',
    cause,
    layer,
    reason: sentence,
    ...(remedy !== '' && { remedy }),
    examples,
    commands: hints,
  };
}

export function pageCandidates(): readonly Candidate[] {
  return [
    ...causes.map((cause) => ({ value: dashed(cause), description: causePage(cause).reason })),
    ...auditRules.map(({ id, title }) => ({ value: id, description: title })),
  ];
}

function dashed(name: string): string {
  return name.trim().toLowerCase().replaceAll(/\s+/g, '-');
}
