import {
  CHOMPING_MODE,
  COLLECTION_STYLE,
  EVENT_ID,
  type Event,
  SCALAR_STYLE,
  YAMLException,
} from 'js-yaml';

type ScalarEvent = Extract<Event, { type: typeof EVENT_ID.SCALAR }>;

/** Size of a value, including the values that its aliases repeat. */
interface Extent {
  /** Number of values in this value; undefined until this value has ended. */
  values?: number;
  levels: number;
}

interface Collection extends Extent {
  readonly isFlow: boolean;
  /** Number of values in the document before this collection. */
  readonly before: number;
}

/** Limit of values. Real kubeconfigs have fewer, but aliases can multiply values. */
const mostValues = 1_000_000;
const mostLevels = 1000;

/**
 * Rejects text that js-yaml's parser (YAML 1.2) and yaml.v2 (YAML 1.1) understand differently. Also changes the end of a last block scalar
 * as yaml.v2 does.
 */
export function checkEvents(source: string, events: readonly Event[]): void {
  const tree = newTree();
  const tabs = tabChecker(source);
  let position = 0;
  for (const event of events) {
    if (event.type === EVENT_ID.DOCUMENT) continue;
    if (event.type === EVENT_ID.POP) {
      // The position after brackets is unknown.
      if (tree.leave().isFlow) tabs.continueAt(undefined);
      continue;
    }
    const { isFlow } = tree.current();
    position = Math.max(position, startOf(event));
    if (!isFlow) tabs.checkTo(position);
    tabs.continueAt('valueEnd' in event ? Math.max(event.valueEnd, position) : position);
    const anchor = event.anchorStart < 0 ? '' : source.slice(event.anchorStart, event.anchorEnd);
    const problem =
      problemOfAnchor(anchor) ??
      (event.type === EVENT_ID.ALIAS
        ? tree.addAlias(anchor)
        : problemOf(source, event, isFlow, tree.isAtRoot()));
    if (problem !== undefined) YAMLException.throwAt(source, position, problem);
    if (event.type === EVENT_ID.SCALAR) {
      endWithoutLineBreak(source, event);
      tree.addScalar(anchor);
    } else if (event.type !== EVENT_ID.ALIAS)
      tree.enter(anchor, event.style === COLLECTION_STYLE.FLOW);
  }
  tabs.checkTo(source.length);
}

/** Counts values and levels of nesting. An alias adds the values and levels of its target again. */
function newTree() {
  const anchors = new Map<string, Extent>();
  const root: Collection = { isFlow: false, before: 0, levels: 0 };
  const open = [root];
  let values = 0;
  const current = () => open.at(-1) ?? root;
  return {
    current,
    isAtRoot: () => current() === root,
    addScalar(anchor: string): void {
      values += 1;
      if (anchor) anchors.set(anchor, { values: 1, levels: 0 });
    },
    /** Counts the values of an alias. Returns the reason if the alias is not allowed. */
    addAlias(anchor: string): string | undefined {
      const target = anchors.get(anchor);
      if (!target) return 'unknown anchor referenced';
      if (target.values === undefined) return 'anchor value contains itself';
      values += target.values;
      current().levels = Math.max(current().levels, target.levels + 1);
      if (values > mostValues) return 'document contains excessive aliasing';
      return open.length + target.levels > mostLevels ? 'nested too deeply by aliases' : undefined;
    },
    enter(anchor: string, isFlow: boolean): void {
      const node = { isFlow, before: values, levels: 0 };
      values += 1;
      open.push(node);
      if (anchor) anchors.set(anchor, node);
    },
    leave(): Collection {
      const left = current();
      open.pop();
      left.values = values - left.before;
      current().levels = Math.max(current().levels, left.levels + 1);
      return left;
    },
  };
}

/** Returns a checker that rejects tabs before an empty line or a comment, because js-yaml would accept them. */
function tabChecker(source: string) {
  const isTabbed = /^\t/m.test(source);
  let end: number | undefined = 0;
  return {
    checkTo(next: number): void {
      if (!isTabbed || end === undefined) return;
      const tab = source.slice(end, next).search(/(?<=[\r\n])\t/);
      if (tab >= 0) YAMLException.throwAt(source, end + tab, 'tab used for indentation');
    },
    /** Sets the position at which the next check begins; undefined if it is unknown. */
    continueAt(next: number | undefined): void {
      end = next;
    },
  };
}

type AliasEvent = Extract<Event, { type: typeof EVENT_ID.ALIAS }>;
type NodeEvent = Extract<
  Event,
  { type: typeof EVENT_ID.SCALAR | typeof EVENT_ID.SEQUENCE | typeof EVENT_ID.MAPPING }
>;

/** Returns the start of a node or of its anchor, whichever is later; -1 for an empty node without an anchor. */
function startOf(event: AliasEvent | NodeEvent): number {
  const start = 'start' in event ? event.start : 'valueStart' in event ? event.valueStart : -1;
  return Math.max(event.anchorStart, start);
}

function problemOfAnchor(anchor: string): string | undefined {
  return anchor && !/^[\w-]+$/.test(anchor) ? 'invalid character in an anchor name' : undefined;
}

function problemOf(
  source: string,
  event: NodeEvent,
  isInFlow: boolean,
  isAtRoot: boolean,
): string | undefined {
  const tag = event.tagStart < 0 ? '' : source.slice(event.tagStart, event.tagEnd);
  if (tag.includes('%')) return 'escapes in tags are not supported';
  if (tag && /[,[\]{}]/.test(source[event.tagEnd] ?? '')) return 'a space must follow a tag';
  if (event.type !== EVENT_ID.SCALAR) return undefined;
  if (isAtRoot && isBlock(event)) return 'expected a mapping, found text';
  if (tag === '!' && source.startsWith('<<', event.valueStart)) return 'unsupported merge';
  return incompatibility(source, event, isInFlow);
}

/** If the file ends without a line break, the value of its last block scalar does too, as in yaml.v2. */
function endWithoutLineBreak(source: string, event: ScalarEvent): void {
  if (!isBlock(event) || event.valueEnd < source.length) return;
  const last = source.slice(1 + Math.max(source.lastIndexOf('\n'), source.lastIndexOf('\r')));
  const isKept = event.chomping === CHOMPING_MODE.KEEP;
  if (isKept && last.trim() === '') event.valueEnd -= last.length;
  else if (isKept || last.length > event.indent) event.chomping = CHOMPING_MODE.STRIP;
}

function isBlock({ style }: ScalarEvent): boolean {
  return style === SCALAR_STYLE.LITERAL_BLOCK || style === SCALAR_STYLE.FOLDED_BLOCK;
}

/**
 * Returns the reason why YAML 1.1 rejects a valid scalar of YAML 1.2, or gives it another meaning. Returns undefined if both versions
 * agree.
 */
function incompatibility(source: string, event: ScalarEvent, flow: boolean): string | undefined {
  if (event.valueStart < 0) return undefined;
  if (event.style === SCALAR_STYLE.DOUBLE_QUOTED && !event.fast) {
    if (strangeEscape.test(source.slice(event.valueStart, event.valueEnd)))
      return 'unsupported escape, which kubectl reads differently';
  }
  if (event.style === SCALAR_STYLE.PLAIN && flow) {
    if (/^:|\?/.test(source.slice(event.valueStart, event.valueEnd)))
      return 'unquoted special character within brackets';
    if (/^:[,[\]{}]/.test(source.slice(event.valueEnd, event.valueEnd + 2)))
      return 'a space must follow a colon within brackets';
  }
  return undefined;
}

// Escapes that js-yaml and kubectl understand differently. Examples are half of a surrogate pair, a code point beyond Unicode, and an
// escaped line break before an empty line.
const strangeEscape =
  /(?<!\\)(?:\\\\)*\\(?:\/|(?:u|U0000)[dD][89a-fA-F]|U(?!000[\da-fA-F]|0010)|(?:\r\n|\r(?!\n)|\n)[ \t]*[\r\n])/;
