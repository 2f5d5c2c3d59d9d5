import { type Detail, Failure, isOfPath, messageOf, reworded } from '../errors.ts';
import { type Cause, isCause } from '../kubelet/causes/causes.ts';
import { statusCommand } from '../kubelet/causes/hop.ts';
import { command } from '../text/command.ts';
import { groupsOf } from '../text/groups.ts';
import { counted, summarize } from '../text/list.ts';

export interface FailedNode {
  readonly name: string;
  /** `HOST:PORT` of a direct connection. */
  readonly address: string | undefined;
  readonly via: 'direct' | 'apiserver';
  /** A `Cause`, or a word that the command uses for other failures. */
  readonly cause: string;
  /** Whether a time limit of this program ended the request. */
  readonly timedOut: boolean;
  readonly failure: Failure;
}

export interface Tally {
  readonly all: number;
  readonly failed: readonly FailedNode[];
}

const words: Readonly<Record<string, string>> = {
  'connection-timed-out': 'timed out',
  forbidden: 'denied',
  'no-credential-accepted': 'denied',
  interrupted: 'interrupted',
  unknown: 'failed',
};

/**
 * Renders `4998 of 5000 nodes answered, 2 failed (1 timed out, 1 denied)`.
 * @param isBrief whether one line for each cause is printed before the tally
 */
export function renderTally({ all, failed }: Tally, isBrief = false): string {
  const byWord = Map.groupBy(failed, ({ cause, timedOut }) =>
    timedOut ? 'timed out' : (words[cause] ?? cause),
  );
  const counts = Array.from(byWord, ([word, those]) => [word, those.length] as const);
  const interrupted = byWord.get('interrupted')?.length ?? 0;
  const causes = counts.filter(([word]) => word !== 'interrupted').sort(([, a], [, b]) => b - a);
  return [
    `${all - failed.length} of ${counted(all, 'node')} answered`,
    ...(causes.length > 0 ? [renderFailed(failed.length - interrupted, causes)] : []),
    ...(interrupted > 0 ? [`${interrupted} interrupted`] : []),
  ]
    .join(', ')
    .concat(isBrief && causes.length > 0 && failed.length < all ? '; -v=1 says why' : '');
}

function renderFailed(
  all: number,
  causes: readonly (readonly [word: string, count: number])[],
): string {
  const [[word] = ['']] = causes;
  const [isOne, isUnknown] = [causes.length === 1, word === 'failed'];
  if (isOne && isUnknown) return `${all} failed`;
  const list = isOne ? word : causes.map(([each, count]) => `${count} ${each}`).join(', ');
  return `${all} failed (${list})`;
}

/**
 * Groups failures by cause and by `via`, and returns one Failure for each group, with the names of its nodes. Failures of unknown cause are
 * grouped by message.
 * @param whole whether all details of the first failure in a group are kept
 */
export function groupFailures(
  { all, failed }: Tally,
  {
    whole = false,
    isBrief = false,
    hintsFor = () => [],
  }: {
    readonly whole?: boolean;
    /** Whether to shorten each failure to one line if other nodes have answered. */
    readonly isBrief?: boolean;
    readonly hintsFor?: (failure: Failure) => readonly string[];
  } = {},
): readonly Failure[] {
  const groups = groupsOf(
    failed.filter(({ cause }) => cause !== 'interrupted'),
    (each) => `${each.cause} ${each.via} ${each.cause === 'unknown' ? commonMessage(each) : ''}`,
  );
  return groups
    .toSorted((a, b) => b.length - a.length)
    .map((group) => {
      const [first] = group;
      const { cause } = first;
      const more = hintsFor(first.failure);
      const failure =
        more.length === 0
          ? first.failure
          : reworded(first.failure, { hints: [...more, ...first.failure.hints] });
      // With a single node, its failure is the result of the command, so it is not shortened.
      const isWhole = whole || all === 1 || toCompare.has(cause);
      const shorten = (each: Failure, nodes: readonly FailedNode[]) =>
        isWhole
          ? each
          : isBrief && failed.length < all
            ? inOneLine(each, nodes, more)
            : inThreeLines(each, nodes, more);
      if (group.length === 1) return shorten(named({ ...first, failure }), group);
      const names = group.map(({ name }) => name);
      const message = `${group.length} nodes failed${cause === 'unknown' ? '' : ` (${cause})`}: ${summarize(names, fewNames)}`;
      const { details, hints } = failure;
      const example = `${first.name}: ${messageOf(failure)}`;
      return shorten(new Failure(message, { details: [example, ...details], hints }), group);
    });
}

export function briefFailures(failed: readonly FailedNode[]): readonly string[] {
  return groupFailures({ all: Number.POSITIVE_INFINITY, failed }, { isBrief: true }).map(messageOf);
}

/** Causes whose details are always printed, because the user has to compare fingerprints. */
const toCompare: ReadonlySet<string> = new Set<Cause>(['different-certificate']);

const fewNames = 5;

function inThreeLines(
  failure: Failure,
  group: readonly FailedNode[],
  more: readonly string[],
): Failure {
  const { details, hints } = failure;
  const detailOf = (wanted: Detail['label']) => details.find(({ label }) => label === wanted);
  const [hint] = hints.includes(statusCommand) ? [statusOf(group)] : hints;
  return reworded(failure, {
    details: [
      ...details.filter(isOfPath),
      ...[detailOf('missing') ?? detailOf('why') ?? details[0] ?? []].flat(),
    ],
    hints: more.length > 0 ? more : [hint ?? []].flat(),
  });
}

function inOneLine(
  failure: Failure,
  group: readonly FailedNode[],
  more: readonly string[],
): Failure {
  const { message, hints } = inThreeLines(failure, group, more);
  const [hint] = hints;
  const cause = group[0]?.cause ?? '';
  const names = summarize(group, fewNames, ({ name }) => name);
  // If the cause is unknown, the message is printed, because it says more than the cause.
  const words = isCause(cause) && cause !== 'unknown' ? `${names}: ${cause}` : message;
  return new Failure(hint === undefined ? words : `${words} (${hint})`);
}

function statusOf(group: readonly FailedNode[]): string {
  if (group.length > fewNames) return statusCommand;
  const isAddress = group.some(({ name, address }) => name === address);
  // status accepts only one address.
  if (isAddress && group.length > 1) return statusCommand;
  const names = group.map(({ name }) => name);
  return isAddress
    ? command`kubectl kubeletaccess status --kubelet-address ${names}`
    : command`kubectl kubeletaccess status ${names}`;
}

/** Returns the message without the name and address of the node, so that equal failures are grouped. */
function commonMessage({ name, address = name, failure }: FailedNode): string {
  const names = [address, name]
    // A longer text cannot be a host name, and could make the regular expression too long.
    .filter((each) => each.length <= 253)
    .map(RegExp.escape)
    .join('|');
  if (names === '') return failure.message;
  return failure.message.replaceAll(new RegExp(`(?<![\\w.-])(?:${names})(?![\\w-])`, 'g'), '');
}

function named({ name, failure }: FailedNode): Failure {
  if (failure.message.includes(name)) return failure;
  return reworded(failure, { prefix: `${name}: ${failure.prefix}` });
}
