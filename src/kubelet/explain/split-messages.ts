import { causes } from '../causes/all-causes.ts';
import { entryOf } from '../causes/causes.ts';
import { type PrecedingRequest, requestBefore } from './request-before.ts';
import type { TextContext } from './text-context.ts';

export interface Message {
  readonly raw: string;
  /** The message without the backslashes of klog, JSON and shells. */
  readonly plain: string;
  /** The request that another line contains, if the message does not contain it. */
  readonly precedingRequest?: PrecedingRequest | undefined;
  readonly context: TextContext | undefined;
}

// Every explained error contains one of these words. Slower searches skip messages without them. The plain words with which each
// list begins are put first and together, because V8 searches them as one tree.
const anchorLists = causes.flatMap((cause) => entryOf(cause).anchors?.source ?? []);
const plainWords = /^(?:[\w :,"'=/-]+(?:\||$))*/;
const anchorWords = new RegExp(
  [
    ...anchorLists.map((words) => plainWords.exec(words)?.[0] ?? ''),
    ...anchorLists.map((words) => words.replace(plainWords, '')),
  ]
    .flatMap((words) => words.replace(/\|$/, '') || [])
    .join('|'),
  'i',
);
const anchor = new RegExp(anchorWords, 'gi');

const isWhole = new RegExp(
  String.raw`(?:(?:${anchorWords.source}|error|expired|failure|authority|backstop|context)\W{0,9}|["')\]}])$`,
  'i',
);

// A line with this beginning starts a new message.
const beginning =
  /^(?:(?:error|warn(?:ing)?|info|debug) \| |[\w.]{1,80}(?:Exception|Error|: error): |[\w.-]{1,60}\[\d{1,9}\]: |error(?:[:=[]|_class=| from server| dialing )|(?:warning|note|hint|why|remedy|missing|fatal|panic|run)[:=[]|(?:curl|wget|nc|ncat|telnet|bash): |[IWEF]\d{4} |\w{2,40}\.go:\d{1,5}\] |[A-Z]{4}\[\d{4}[\dT:.Z-]{0,30}\] |\d{4}[-/]\d\d|[A-Z][a-z]{2} +\d+ \d\d:|\d\d:\d\d|(?:ts|time|level|msg)=|\{|\[[\w:/. +-]{1,60}\] |[$#>*<%] |kubectl |Unable to|The connection|Unauthorized|Forbidden(?! for )|Authorization error|x509: |remote error|dial tcp|(?:Get|Post|Put|Patch) "|(?:Warning|Normal)\s{1,20}[A-Z][A-Za-z]{1,60}\s|Defaulted|Internal error|404:? page not found|(?:DOWN|UP)\s+\w+="|https?:\/\/\S{1,500}(?:\s+(?:\||DOWN|UP)|(?<![:,"])\s{0,9}$)|csr-|metrics not available|\d{1,3}(?:\.\d{1,3}){3} - )/i;
// A line that begins with the name of a program, field or error and a colon, or with a URL and its status.
const label =
  /^[a-z]\w{2,30}: (?:(?!Get |Post |Put |Patch )[A-Z][a-z]{1,20} [a-z]|https?:)|^https?:\/\/\S{1,500}: [45]\d\d /;
// Go's clients write the request before the error; other clients write it after the error.
const requestOfGo = /^(?:Get|Post|Put|Patch) https?:/;
const continued =
  /^(?:\s|[()}\],]|: |Trying to reach: '|\{APIGroups|(?:user|verb|resource|subresource(?: ?\(s\))?)\s{0,9}[=:])/i;

// The line ends after a URL: the next line contains the reason.
const cutBehindUrl = /https?:\/\/[^\s"]{1,500}"?:[ \t]{0,20}$/;

// A row of the targets page of Prometheus.
const bareUrl = /^https?:\/\/[^\s"]{1,500}\s{0,9}$/;
const stateOfTarget = /^(?:DOWN|UP)\s+\w+="/;

// A line that ends with a colon. A reason in the next line belongs to this line, although reasons can also begin messages.
const cutBeforeReason = /\S:[ \t]{0,20}$/;
const cutInChain = /(?:: [^:\n]{1,200}|\berr):[ \t]{0,20}$/;
const bareReason = /^(?:Unauthorized|EOF|context deadline exceeded)\b/;
const longestTail = 300;
// The head of a klog line, whose message is in the next line.
const headOfLine = /^[IWEF]\d{4} [^\n]{0,60}\.go:\d{1,5}\][ \t]{0,20}$/;
const reason = /^(?:(?:Get|Post) "?https?:|x509: |remote error: |tls: |dial tcp:? |lookup )/;

// Phrases that are joined again if a line break splits them, whatever the line width.
const phrases = new RegExp(
  [
    String.raw`(?:Unable to connect to the server|Error from server(?: \(\w{1,40}\))?|error dialing backend|error trying to reach service|unable to upgrade connection): (?=[\w"])`,
    String.raw`\b(?:dial|read|write) tcp (?:\S{1,100}:\d{1,5}: (?=[\w(])|(?=[\d[]))`,
    String.raw`\blookup \S{1,253}(?: on \S{1,100})?: (?=\w)`,
    'connect: (?:connection (?:refused|timed out)|no route to host|network is unreachable)',
    'connection refused|i/o timeout|no such host|server misbehaving|no route to host',
    'tls: failed to verify certificate: x509: (?=[a-z])',
    'certificate (?:signed by unknown authority|has expired or is not yet valid|is valid for [^"]{1,80}, not)',
    String.raw`cannot validate certificate for \S{1,100} because it doesn't contain any IP SANs`,
    '(?:unable to upgrade connection|rpc error: code = [A-Z]{1,20} desc =):? (?!EOF )[a-z]{2,20} (?=[a-z(])',
    'remote error: tls: (?:internal error|bad certificate|unknown certificate|(?=[a-z]))|TLS handshake timeout|context deadline exceeded',
    'cannot [a-z]{1,20} resource "[^"]{1,100}" in API group "[^"]{0,100}" (?:at the cluster scope|in the namespace)',
    String.raw`\bsubresource(?:\(s\))?=\[?(?:[a-z]{3,12} )?(?:proxy|metrics|stats|log|pods|healthz|configz|checkpoint|spec)\b`,
    String.raw`\bverb=[a-z]{3,6}, resource=nodes\b|\bresource "[^"\s]{1,100}" in API group\b`,
    'malformed HTTP response (?=")|is forbidden: User "',
    'cannot [a-z]{1,20} [a-z0-9./]{1,100} (?:at the cluster scope|in the namespace)',
    'cannot [a-z]{1,20} (?=nodes|resource ")',
  ].join('|'),
  'gi',
);
const longestPhrase = 160;
const longestAnchor = 50;

// Second parts of phrases and reasons that look like the beginning of a message.
const inner = /^(?:\\?"|error: tls: |internal error$|connect(?:ex)?: )/i;

function beginsAnother(line: string): boolean {
  return beginning.test(line) && !reason.test(line) && !inner.test(line);
}

/** If a phrase spans two lines, returns the text to put between them: a space, or nothing within a word. */
function jointOfPhrase(previous: string, next: string): '' | ' ' | undefined {
  if (beginsAnother(next)) return undefined;
  return ([' ', ''] as const).find(
    (joint) =>
      spans(phrases, previous, joint, next, longestPhrase) ||
      spans(anchor, previous, joint, next, longestAnchor),
  );
}

/** Whether a match of the pattern begins in `previous` and ends in `next`. */
function spans(
  words: RegExp,
  previous: string,
  joint: string,
  next: string,
  longest: number,
): boolean {
  const start = previous.slice(-longest).trimEnd();
  const both = start + joint + next.slice(0, longest).trimStart();
  // Uses `exec` with `lastIndex`, because matchAll would compile a copy of the pattern for each line.
  words.lastIndex = 0;
  for (let match = words.exec(both); match; match = words.exec(both))
    if (match.index < start.length && words.lastIndex > start.length) return true;
  return false;
}

// The line ends after an HTTP method: the next line contains the URL.
const cutBeforeUrl = /\b(?:Get|GET|Post|POST|Put|Patch|Delete|Head)(?: \\?"?)?[ \t]{0,20}$/;

const longestMessage = 8_000;
const mostLines = 40;
const wrapWidth = 60;
const longestWrap = 80;
const mostCharacters = 200_000;
const mostAlike = 20;
const keyWidth = 400;

export function splitMessages(clean: string): readonly Omit<Message, 'context'>[] {
  const lines = clean.split('\n').flatMap(pieces);
  const found: Omit<Message, 'context'>[] = [];
  const alike = new Map<string, number>();
  let characters = 0;
  for (let first = 0, last = 0; first < lines.length; first = last + 1) {
    const { raw, end } = unfold(lines, first);
    last = end;
    if (!mayFail(raw)) continue;
    // Skips a log line that repeats often. Otherwise, it would use up `mostCharacters`, and later lines would not be read.
    const key = raw.slice(0, keyWidth).replaceAll(/\d+/g, '');
    const count = (alike.get(key) ?? 0) + 1;
    alike.set(key, count);
    if (count > mostAlike) continue;
    characters += raw.length;
    if (characters > mostCharacters) break;
    const precedingRequest = requestBefore(lines, first, end, raw);
    found.push({ raw, plain: unescaped(raw), precedingRequest });
  }
  return found;
}

function pieces(line: string): readonly string[] {
  const count = Math.max(1, Math.ceil(line.length / longestMessage));
  return Array.from({ length: count }, (_, index) =>
    line.slice(index * longestMessage, (index + 1) * longestMessage),
  );
}

/** Joins the lines of the message that begins at index `first`. `end` is the index of its last line. */
function unfold(lines: readonly string[], first: number): { raw: string; end: number } {
  let raw = lines[first] ?? '';
  let end = first;
  while (end - first < mostLines && raw.length < longestMessage) {
    const [own = '', next = '', after = ''] = lines.slice(end, end + 3);
    // Two lines may have the same width by chance. The text is treated as wrapped at this width only if a third line follows.
    const isSame = own.length === next.length && after.trim() !== '';
    const isWidth =
      isSame ||
      usualWidths.includes(own.length) ||
      (end > first && own.length === lines[end - 1]?.length);
    const joint =
      isWidth && isBroken(own, next) && !(endsWhole(raw) && startsAnew(next))
        ? (jointOfPhrase(raw, next) ?? '')
        : jointOf(own, next, raw);
    if (joint === undefined) break;
    raw = joint === '' ? raw + next : `${raw.trimEnd()} ${next.trim()}`;
    end += 1;
  }
  return { raw: raw.trim().replaceAll(/\s+/g, ' '), end };
}

const narrowest = 40;
const widest = 250;
const usualWidths = [60, 72, 80, 100, 120, 132];

/** Whether a terminal may have wrapped a line within a word. */
function isBroken(own: string, next: string): boolean {
  return (
    own.length >= narrowest &&
    own.length <= widest &&
    own.length >= next.length &&
    mayContinue(next) &&
    !/^[A-Z][a-z]{1,20} [a-z]/.test(next) &&
    !areRows(own, next)
  );
}

/** Whether two lines are rows of a table, or begin with the same word. */
function areRows(one: string, other: string): boolean {
  const gap = one.search(/\S {2,}\S/);
  return (
    (gap >= 0 && other.search(/\S {2,}\S/) === gap) ||
    /^\W*\w+/.exec(one)?.[0] === /^\W*\w+/.exec(other)?.[0]
  );
}

// A failed check of kubeadm.
const preflightLine = /^\s*\[(?:ERROR|WARNING) [\w.-]{1,120}\]: |^\s*- The kubelet is /;

// A quoted item of a list in source code or in YAML.
const item = /^\s*(?:- )?(?:"[^"\n]{0,1000}(?:\\"[^"\n]{0,1000}){0,20}"|'[^'\n]{0,1000}'),?\s*$/;

/** Returns the text to put between two lines of one message: a space or nothing. Undefined if they are two messages. */
function jointOf(own: string, next: string, whole: string): '' | ' ' | undefined {
  if (own.trim() === '' || next.trim() === '' || preflightLine.test(next)) return undefined;
  if (item.test(own) && item.test(next)) return undefined;
  if (continued.test(next) || cutBehindUrl.test(own) || cutBeforeUrl.test(own)) return ' ';
  if (headOfLine.test(own) || isCut(own, next)) return ' ';
  if (stateOfTarget.test(next)) return bareUrl.test(own) ? ' ' : undefined;
  const isRest =
    mayContinue(next) &&
    (isOpen(whole) || (isFull(own, next) && !areTwo(whole.slice(-longestContext), own, next)));
  if (!mayFail(own) && (isRest || !mayFail(next))) return isRest ? ' ' : undefined;
  return jointOfPhrase(whole, next) ?? (isRest ? ' ' : undefined);
}

const longestContext = 1_500;
const request = /https?:\/\/|\bdial tcp /;

/** Whether the next line is another message, and not the rest of a message that was wrapped after `last`. */
function areTwo(last: string, own: string, next: string): boolean {
  if (/[:,;=([{<-]\s*$/.test(last)) return false;
  const isFailure = mayFail(next);
  const isCapital = /^[A-Z]/.test(next);
  if (hasEnded(last, next)) return isFailure || isCapital;
  const hasRequest = request.test(next);
  // Returns early for most lines of prose, because the search in all lines above is slow.
  if (!isFailure && !isCapital && !hasRequest) return false;
  if (!mayFail(last)) return isFailure && hasRequest && request.test(last);
  return endsWhole(last) || (isFailure && !isOfUsualWidth(own, next));
}

function endsWhole(text: string): boolean {
  return isWhole.test(text.slice(-longestPhrase)) && !isOpen(text);
}

function startsAnew(line: string): boolean {
  return mayFail(line) || /^[A-Z]/.test(line);
}

/** Whether an editor with a usual line width would have wrapped the line before the first word of `next`. */
function isOfUsualWidth({ length }: string, next: string): boolean {
  const longer = length + 1 + next.search(/\s|$/);
  return usualWidths.some(
    (width) => width <= 100 && length <= width && next.length <= width && longer > width,
  );
}

/** Whether a message is complete: a sentence ends, or a key="value" of klog ends and the next line has no further key. */
function hasEnded(last: string, next: string): boolean {
  return (
    /[.!?]\s*$/.test(last) || (/ \w{1,60}="[^"]{0,300}"$/.test(last) && !/^\s*\w+=/.test(next))
  );
}

export function mayFail(words: string): boolean {
  return anchorWords.test(words);
}

/** Removes escapes, up to three levels. Real logs contained a JSON string in a klog message in another logger's message. */
function unescaped(text: string): string {
  let plain = text;
  for (let level = 0; level < 3 && /\\["'nxu]/.test(plain); level += 1)
    plain = plain.replaceAll(
      /\\(?:(["'\\/])|x5c|(?:u00|x)(22|27|3c|3e|26)|[ntr])/gi,
      (all, character, code) => {
        if (character !== undefined) return character;
        if (all.toLowerCase() === String.raw`\x5c`) return '\\';
        return code === undefined ? ' ' : String.fromCharCode(Number.parseInt(code, 16));
      },
    );
  return plain;
}

function isCut(previous: string, next: string): boolean {
  const last = previous.slice(-longestTail);
  return (
    (cutBeforeReason.test(last) && reason.test(next)) ||
    (cutInChain.test(last) && bareReason.test(next))
  );
}

/** Whether the first word of the next line did not fit into this line. */
function isFull(previous: string, next: string): boolean {
  const word = next.search(/\s|$/);
  return previous.length >= wrapWidth || previous.length + word > longestWrap;
}

function mayContinue(next: string): boolean {
  return (
    next.trim() !== '' && !beginning.test(next) && !requestOfGo.test(next) && !label.test(next)
  );
}

function isOpen(text: string): boolean {
  const count = (character: string) => text.split(character).length;
  return count('(') > count(')') || count('{') > count('}') || count('"') % 2 === 0;
}
