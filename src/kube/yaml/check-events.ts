import {
  CHOMPING_MODE,
  COLLECTION_STYLE,
  EVENT_ID,
  type Event,
  SCALAR_STYLE,
  YAMLException,
} from 'js-yaml';

type ScalarEvent = Extract<Event, { type: typeof EVENT_ID.SCALAR }>;

/** A value, with what aliases in it stand for. */
interface Extent {
  /** How many values are in it; undefined until it ends. */
  values?: number;
  levels: number;
}

interface Collection extends Extent {
  readonly flow: boolean;
  /** How many values are before it. */
  readonly before: number;
}

/** No kubeconfig has as many: aliases multiply what whoever reads the values walks through. */
const mostValues = 1_000_000;
const mostLevels = 1000;

/** Rejects text that js-yaml's parser (YAML 1.2) and yaml.v2 (YAML 1.1) read differently, and mends the end of the last line. */
export function checkEvents(source: string, events: readonly Event[]): void {
  const tabbed = /^\t/m.test(source);
  const anchors = new Map<string, Extent>();
  const root: Collection = { flow: false, before: 0, levels: 0 };
  const open = [root];
  let values = 0;
  let position = 0;
  const reject = (reason: string): never => YAMLException.throwAt(source, position, reason);
  let end: number | undefined = 0;
  // js-yaml accepts a tab before an empty line or a comment.
  const rejectTab = (next: number) => {
    if (!tabbed || end === undefined) return;
    const tab = source.slice(end, next).search(/(?<=[\r\n])\t/);
    if (tab >= 0) YAMLException.throwAt(source, end + tab, 'tab used for indentation');
  };

  for (const event of events) {
    if (event.type === EVENT_ID.DOCUMENT) continue;
    const parent = open.at(-1) ?? root;
    if (event.type === EVENT_ID.POP) {
      open.pop();
      parent.values = values - parent.before;
      const outer = open.at(-1) ?? root;
      outer.levels = Math.max(outer.levels, parent.levels + 1);
      // The end of brackets is unknown.
      if (parent.flow) end = undefined;
      continue;
    }
    // An empty node has no position of its own.
    const start = 'start' in event ? event.start : 'valueStart' in event ? event.valueStart : -1;
    position = Math.max(position, event.anchorStart, start);
    if (!parent.flow) rejectTab(position);
    end = 'valueEnd' in event ? Math.max(event.valueEnd, position) : position;
    const anchor = event.anchorStart < 0 ? '' : source.slice(event.anchorStart, event.anchorEnd);
    if (anchor && !/^[\w-]+$/.test(anchor)) reject('invalid character in an anchor name');
    if (event.type === EVENT_ID.ALIAS) {
      const target = anchors.get(anchor) ?? reject('unknown anchor referenced');
      values += target.values ?? reject('anchor value contains itself');
      parent.levels = Math.max(parent.levels, target.levels + 1);
      if (values > mostValues) reject('document contains excessive aliasing');
      if (open.length + target.levels > mostLevels) reject('nested too deeply by aliases');
      continue;
    }
    const tag = event.tagStart < 0 ? '' : source.slice(event.tagStart, event.tagEnd);
    if (tag.includes('%')) reject('escapes in tags are not supported');
    if (tag && /[,[\]{}]/.test(source[event.tagEnd] ?? '')) reject('a space must follow a tag');
    const before = values;
    values += 1;
    if (event.type === EVENT_ID.SCALAR) {
      if (parent === root && isBlock(event)) reject('expected a mapping, found text');
      if (tag === '!' && source.startsWith('<<', event.valueStart)) reject('unsupported merge');
      const problem = incompatibility(source, event, parent.flow);
      if (problem) reject(problem);
      endWithoutLineBreak(source, event);
      if (anchor) anchors.set(anchor, { values: 1, levels: 0 });
    } else {
      const node = { flow: event.style === COLLECTION_STYLE.FLOW, before, levels: 0 };
      open.push(node);
      if (anchor) anchors.set(anchor, node);
    }
  }
  rejectTab(source.length);
}

/** In yaml.v2, text on a last line without a line break has no line break either. */
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

/** Why a scalar that is valid in YAML 1.2 is rejected by YAML 1.1, or read differently. */
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

// Among them half a surrogate pair, code points beyond Unicode, and an escaped line break before an empty line.
const strangeEscape =
  /(?<!\\)(?:\\\\)*\\(?:\/|(?:u|U0000)[dD][89a-fA-F]|U(?!000[\da-fA-F]|0010)|(?:\r\n?|\n)[ \t]*[\r\n])/;
