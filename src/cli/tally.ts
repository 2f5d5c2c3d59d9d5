import { Failure, isPathDetail, messageOf, reworded } from '../errors.ts';
import { type Cause, isCause } from '../kubelet/causes/causes.ts';
import { statusCommand } from '../kubelet/causes/hop.ts';
import { command } from '../text/command.ts';
import { groupsOf } from '../text/groups.ts';
import { counted, summarize } from '../text/list.ts';

/** A node whose request failed. */
export interface FailedNode {
  /** Name of the node, or its address. */
  readonly name: string;
  /** `HOST:PORT` of a direct connection. */
  readonly address: string | undefined;
  readonly via: 'direct' | 'apiserver';
  /** A cause of the closed list, or a word of the command. */
  readonly cause: string;
  /** Whether a time limit of ours ended it. */
  readonly timedOut: boolean;
  readonly failure: Failure;
}

/** The counts of a fleet. */
export interface Tally {
  readonly all: number;
  readonly failed: readonly FailedNode[];
}

/** Causes that have a usual word; of the others it is their name. */
const words: Readonly<Record<string, string>> = {
  'connection timed out': 'timed out',
  forbidden: 'denied',
  'no credential accepted': 'denied',
  interrupted: 'interrupted',
  unknown: 'failed',
};

/**
 * `4998 of 5000 nodes answered, 2 failed (1 timed out, 1 denied)`
 * @param isBrief whether a line for each cause came before it
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
 * A failure for each cause and path, and where the cause is unknown for each message: what failed, why, and what to do, with the names
 * of the nodes that have it. `whole`: with all that is known of the first of them.
 */
export function groupFailures(
  { all, failed }: Tally,
  {
    whole = false,
    isBrief = false,
    hintsFor = () => [],
  }: {
    readonly whole?: boolean;
    /** Whether a line for each cause will do, where other nodes have answered. */
    readonly isBrief?: boolean;
    /** Commands that come before those of the failure. */
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
      // The failure of a single node is the failure of the command.
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

/** The same, a line for each cause and path, of what is read beside the answer of a command. */
export function briefFailures(failed: readonly FailedNode[]): readonly string[] {
  return groupFailures({ all: Number.POSITIVE_INFINITY, failed }, { isBrief: true }).map(messageOf);
}

/** Causes whose next step is to compare the fingerprint that they show. */
const toCompare: ReadonlySet<string> = new Set<Cause>(['different certificate']);

/** How many nodes a failure and its command name. */
const fewNames = 5;

/** Three lines: the failure; its reason; and the command that tells or does the rest. */
function inThreeLines(
  failure: Failure,
  group: readonly FailedNode[],
  more: readonly string[],
): Failure {
  const { details, hints } = failure;
  const line = (start: string) => details.find((detail) => detail.startsWith(start));
  const [hint] = hints.includes(statusCommand) ? [statusOf(group)] : hints;
  return reworded(failure, {
    details: [
      ...details.filter(isPathDetail),
      ...[line('missing: ') ?? line('why: ') ?? details[0] ?? []].flat(),
    ],
    hints: more.length > 0 ? more : [hint ?? []].flat(),
  });
}

/** The nodes, the cause, and the command that tells or does the rest. */
function inOneLine(
  failure: Failure,
  group: readonly FailedNode[],
  more: readonly string[],
): Failure {
  const { message, hints } = inThreeLines(failure, group, more);
  const [hint] = hints;
  const cause = group[0]?.cause ?? '';
  const names = summarize(group, fewNames, ({ name }) => name);
  // A failure without a word of the closed list is told in its own words.
  const words = isCause(cause) && cause !== 'unknown' ? `${names}: ${cause}` : message;
  return new Failure(hint === undefined ? words : `${words} (${hint})`);
}

/** The status command for these nodes alone, if they are few. */
function statusOf(group: readonly FailedNode[]): string {
  if (group.length > fewNames) return statusCommand;
  const isAddress = group.some(({ name, address }) => name === address);
  // It takes a single address.
  if (isAddress && group.length > 1) return statusCommand;
  const names = group.map(({ name }) => name);
  return isAddress
    ? command`kubectl kubeletaccess status --address ${names}`
    : command`kubectl kubeletaccess status ${names}`;
}

/** The message without the name of the node, so that equal failures are grouped. */
function commonMessage({ name, address = name, failure }: FailedNode): string {
  const names = [address, name]
    // A longer text is no host name, and may be too long for a pattern.
    .filter((each) => each.length <= 253)
    .map(RegExp.escape)
    .join('|');
  if (names === '') return failure.message;
  return failure.message.replaceAll(new RegExp(`(?<![\\w.-])(?:${names})(?![\\w-])`, 'g'), '');
}

/** The words of the API server do not always name the node. */
function named({ name, failure }: FailedNode): Failure {
  if (failure.message.includes(name)) return failure;
  return reworded(failure, { prefix: `${name}: ${failure.prefix}` });
}
