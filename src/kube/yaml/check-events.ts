import {
  CHOMPING_MODE,
  COLLECTION_STYLE,
  EVENT_ID,
  type Event,
  SCALAR_STYLE,
  YAMLException,
} from 'js-yaml';

type ScalarEvent = Extract<Event, { type: typeof EVENT_ID.SCALAR }>;

/** Rejects text that js-yaml's parser (YAML 1.2) and yaml.v2 (YAML 1.1) read differently, and mends the end of the last line. */
export function checkEvents(source: string, events: readonly Event[]): void {
  const tabbed = /^\t/m.test(source);
  const anchors = new Set<string>();
  const open = [false];
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
    if (event.type === EVENT_ID.POP) {
      // The end of brackets is unknown.
      if (open.pop()) end = undefined;
      continue;
    }
    // An empty node has no position of its own.
    const start = 'start' in event ? event.start : 'valueStart' in event ? event.valueStart : -1;
    position = Math.max(position, event.anchorStart, start);
    const flow = open.at(-1) === true;
    if (!flow) rejectTab(position);
    end = 'valueEnd' in event ? Math.max(event.valueEnd, position) : position;
    const anchor = event.anchorStart < 0 ? '' : source.slice(event.anchorStart, event.anchorEnd);
    if (anchor && !/^[\w-]+$/.test(anchor)) reject('invalid character in an anchor name');
    if (event.type === EVENT_ID.ALIAS) {
      if (!anchors.has(anchor)) reject('unknown anchor referenced');
      continue;
    }
    if (anchor) anchors.add(anchor);
    const tag = event.tagStart < 0 ? '' : source.slice(event.tagStart, event.tagEnd);
    if (tag.includes('%')) reject('escapes in tags are not supported');
    if (tag && /[,[\]{}]/.test(source[event.tagEnd] ?? '')) reject('a space must follow a tag');
    if (event.type === EVENT_ID.SCALAR) {
      if (open.length === 1 && isBlock(event)) reject('expected a mapping, found text');
      if (tag === '!' && source.startsWith('<<', event.valueStart)) reject('unsupported merge');
      const problem = incompatibility(source, event, flow);
      if (problem) reject(problem);
      endWithoutLineBreak(source, event);
    } else open.push(event.style === COLLECTION_STYLE.FLOW);
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
