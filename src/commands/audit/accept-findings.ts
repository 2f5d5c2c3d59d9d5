import * as v from '@badrap/valita';
import { Failure } from '../../errors.ts';
import { type RuleId, ruleIdOf } from '../../kubelet/audit-rules.ts';
import { checkType } from '../../schema.ts';
import type { AuditFinding } from './finding.ts';

/** A known finding that needs no action: of one rule, everywhere or in one place. */
export interface Accepted {
  readonly rule: RuleId;
  /** A subject, a node or a binding; absent for every place. */
  readonly where?: string | undefined;
  readonly reason?: string | undefined;
  /**
   * The last day on which it is accepted.
   * @format date
   */
  readonly until?: string | undefined;
}

/** A finding in a place that is accepted. */
export interface AcceptedFinding extends Accepted {
  /** The places, as findings name them. */
  readonly places: readonly string[];
}

const file = v.object({
  accepted: v.array(
    v.object({
      rule: v.string(),
      where: v.string().optional(),
      reason: v.string().assert((text) => text.trim() !== '', 'must say why it is accepted'),
      until: v.string().assert(isDate, 'must be a date in quotation marks, such as "2027-01-31"'),
    }),
  ),
});

/** Parses a file `accepted: [{rule, where, reason, until}]`. Throws a Failure that names the entry. */
export function parseAccepted(value: unknown, name: string): readonly Accepted[] {
  const { decoded, problem } = checkType(file, value);
  if (!decoded) throw new Failure(`${name}: ${problem}`, { hints: [example] });
  return decoded.value.accepted.map(({ rule, ...rest }, index) => {
    const id = ruleIdOf(rule);
    if (id) return { rule: id, ...rest };
    throw new Failure(
      `${name}: accepted[${index}].rule: "${rule}" is not the id of an audit rule`,
      { hints: ['docs/reference/audit-rules.md lists them'] },
    );
  });
}

const example =
  'accepted: [{rule: KA402, where: "serviceaccount:monitoring:prometheus", reason: "until chart 70", until: "2027-01-31"}]';

function isDate(text: string): boolean {
  return /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text));
}

export interface Sorted {
  readonly findings: readonly AuditFinding[];
  readonly accepted: readonly AcceptedFinding[];
  /** Entries that have expired, and those that match nothing: both are to be taken away. */
  readonly notes: readonly string[];
}

/** Removes accepted findings. @param now in ms since 1970 */
export function withoutAccepted(
  findings: readonly AuditFinding[],
  accepted: readonly Accepted[],
  now: number,
): Sorted {
  const matched = new Map<Accepted, string[]>();
  const inForce = accepted.filter((each) => !isOver(each, now));
  const left = findings.flatMap((finding) => {
    const places = finding.places.filter(({ name, part }) => {
      const match = inForce.find(
        ({ rule, where }) =>
          rule === finding.id && (where === undefined || where === name || where === part),
      );
      if (match) matched.set(match, [...(matched.get(match) ?? []), part ?? name]);
      return !match;
    });
    return places.length === 0 ? [] : [{ ...finding, places }];
  });
  const inFile = accepted.filter(({ reason }) => reason !== undefined);
  return {
    findings: left,
    accepted: [...matched].map(([each, places]) => ({ ...each, places })),
    notes: [
      ...inFile
        .filter((each) => isOver(each, now))
        .map((each) => `${titleOf(each)} was accepted until ${each.until}`),
      ...inFile
        .filter((each) => inForce.includes(each) && !matched.has(each))
        .map((each) => `${titleOf(each)} is accepted, and not found`),
    ],
  };
}

/** After the whole day, everywhere on earth. */
function isOver({ until }: Accepted, now: number): boolean {
  return until !== undefined && now >= Date.parse(until) + 36 * 3_600_000;
}

function titleOf({ rule, where }: Accepted): string {
  return where === undefined ? rule : `${rule} of ${where}`;
}
