import * as assert from 'uvu/assert';
import type { AuditEntry } from '../../../src/kubelet/audit-log/entries.ts';
import { type LogSummary, logReader } from '../../../src/kubelet/audit-log/read-log.ts';
import { fc } from '../../kit/fast-check.ts';
import { fill, growth } from '../../kit/growth.ts';
import { suite } from '../../kit/suite.ts';
import { otherEvent, requestEvents, reviewEvent, tokenReviewEvent } from './events.ts';

const atMs = Date.UTC(2026, 10, 27, 21, 50, 57);
const caller = { user: 'system:serviceaccount:mon:agent' };
const review = (subresource: string, node = 'node-1') =>
  reviewEvent({ atMs, node, caller, subresource, allowed: true });
const requests = requestEvents({ atMs, node: 'node-1', caller, path: '/pods', allowed: true });
const events = [
  otherEvent(atMs - 1000),
  review('pods'),
  tokenReviewEvent(atMs, 'node-1', 's3cret'),
  review('proxy'),
  ...requests,
];
const json = events.map((event) => JSON.stringify(event));
/** The entries that each form of the log must give, as texts: subresources of reviews, and `request` for requests. */
const expected = ['pods', 'proxy', 'request', 'request'];

function read(
  content: string | Buffer,
  { chunk = 1e6, longest = 1e8 } = {},
): { readonly entries: readonly AuditEntry[]; readonly summary: LogSummary } {
  const bytes = Buffer.from(content);
  const reader = logReader(longest);
  const entries: AuditEntry[] = [];
  for (let at = 0; at < bytes.length; at += chunk)
    entries.push(...reader.read(bytes.subarray(at, at + chunk)));
  entries.push(...reader.end());
  return { entries, summary: reader.summary() };
}

const words = (entries: readonly AuditEntry[]) =>
  entries
    .flatMap((entry) =>
      entry.kind === 'review'
        ? entry.subresource
        : entry.kind === 'begin' || entry.kind === 'other'
          ? []
          : entry.kind,
    )
    .sort();

const lines = (all: readonly string[]) => all.map((each) => `${each}\n`).join('');
const list = { kind: 'EventList', apiVersion: 'audit.k8s.io/v1', metadata: {} };
const bare = events.map(({ kind: _, apiVersion: __, ...event }) => event);
const stamp = '2026-11-27T21:50:57.610433Z';

const forms: Readonly<Record<string, string>> = {
  'JSON lines': lines(json),
  'JSON lines with line ends of Windows': json.map((each) => `${each}\r\n`).join(''),
  'JSON lines without a last line end': json.join('\n'),
  'JSON lines with a byte order mark': `\ufeff${lines(json)}`,
  'an EventList': JSON.stringify({ ...list, items: bare }),
  'an EventList over several lines': JSON.stringify({ ...list, items: bare }, null, 4),
  'output of jq': events.map((event) => `${JSON.stringify(event, null, 2)}\n`).join(''),
  'a list from jq, with tabs': JSON.stringify(events, null, '\t'),
  'bodies of webhooks, one per line': lines(
    bare.map((item) => JSON.stringify({ ...list, items: [item] })),
  ),
  'kubectl logs of an API server': lines([
    'I1127 21:50:57.000000       1 options.go:238] external host was not specified',
    ...json,
    '',
    'W1127 21:50:57.000000       1 logging.go:59] [core] {"Addr": "127.0.0.1:2379"}',
  ]),
  'kubectl logs --prefix --timestamps': lines(
    json.map((each) => `[pod/kube-apiserver-a/kube-apiserver] ${stamp} ${each}`),
  ),
  'files of a container runtime': lines(json.map((each) => `${stamp} stdout F ${each}`)),
  'files of Docker': lines(
    json.map((each) => JSON.stringify({ log: `${each}\n`, stream: 'stdout', time: stamp })),
  ),
  'hits of Elasticsearch': JSON.stringify({
    took: 3,
    hits: { total: 6, hits: events.map((_source) => ({ _index: 'a', _source, sort: [1] })) },
  }),
  elasticdump: lines(events.map((_source) => JSON.stringify({ _id: 'a', _source }))),
  filebeat: lines(
    json.map((message) => JSON.stringify({ _source: { message, log: { offset: 1 } } })),
  ),
  "Elastic's agent": lines(
    events.map((audit) => JSON.stringify({ _source: { kubernetes: { audit } } })),
  ),
  'logcli -o jsonl': lines(
    json.map((line) => JSON.stringify({ labels: { app: 'a' }, line, timestamp: stamp })),
  ),
  logcli: lines(json.map((line) => `${stamp} {app="kube-apiserver"} ${line}`)),
  "Loki's API": JSON.stringify({
    status: 'success',
    data: { result: [{ stream: { app: 'a' }, values: json.map((line) => ['176428', line]) }] },
  }),
  'CloudWatch, over several lines': JSON.stringify(
    { events: json.map((message) => ({ timestamp: 1, message })) },
    null,
    4,
  ),
};

suite('an audit log', (test) => {
  for (const [form, text] of Object.entries(forms))
    test(`is read from ${form}`, () => {
      const { entries, summary } = read(text);
      assert.equal(words(entries), expected);
      const { others, ...rest } = summary;
      const none = { broken: 0, isCut: false, tooLong: 0 };
      assert.equal(rest, { isEmpty: false, content: undefined, ...none });
      assert.is(others, form === 'kubectl logs of an API server' ? 2 : 0);
    });

  test('gives the same entries, whatever the size of the chunks', () =>
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.keys(forms)),
        fc.integer({ min: 1, max: 3000 }),
        (form, chunk) => {
          const text = forms[form] ?? '';
          assert.equal(read(text, { chunk }), read(text));
        },
      ),
    ));

  test('begins at the time of its first event, or of the earliest event in an EventList', () => {
    for (const text of [lines(json), JSON.stringify({ ...list, items: bare.toReversed() })]) {
      const [first] = read(text).entries;
      assert.equal(first, { kind: 'begin', atMs: atMs - 1000 + 0.433 });
    }
  });

  test('is read up to the last complete event if it is cut off at any byte', () => {
    for (const form of ['JSON lines', 'an EventList over several lines', 'files of Docker']) {
      const bytes = Buffer.from(forms[form] ?? '');
      for (let length = 1; length < bytes.length - 1; length += 97) {
        const { entries, summary } = read(bytes.subarray(0, length));
        assert.is(summary.broken, 0, `${form} ${length}`);
        assert.ok(words(entries).length <= expected.length);
      }
    }
    const { entries, summary } = read(lines(json).slice(0, -20));
    assert.equal([words(entries), summary.isCut], [expected.slice(0, 3), true]);
  });

  test('is read even if it begins in the middle of a line', () => {
    const { entries, summary } = read(lines([(json[1] ?? '').slice(900), ...json]));
    assert.equal(words(entries), expected);
    assert.is(summary.others + summary.broken, 1);
  });

  test('counts a broken line only if the line may be a SubjectAccessReview or a request to a kubelet', () => {
    const broken = (json[1] ?? '').replace('"verb"', '"verb');
    const { entries, summary } = read(lines([...json, broken, broken, '{"kind"', 'text']));
    assert.equal(words(entries), expected);
    assert.equal([summary.broken, summary.others], [2, 2]);
  });

  test('is read to its end even if one of its records is too long', () => {
    const long = JSON.stringify({ ...review('log'), padding: 'x'.repeat(20_000) });
    const options = { longest: 10_000, chunk: 500 };
    const { entries, summary } = read(lines([...json, long, ...json]), options);
    assert.equal(words(entries), [...expected, ...expected].sort());
    assert.is(summary.tooLong, 1);
    const document = JSON.stringify({ padding: ['x'.repeat(9_000), 'x'.repeat(9_000)] }, null, 1);
    assert.is(read(lines([...json, document, ...json]), options).summary.tooLong, 1);
  });

  test('is read to its end even if a brace or bracket is unclosed', () => {
    const { entries, summary } = read(lines(['{', ' "a"', ...json, '[', ...json]));
    assert.equal(words(entries), [...expected, ...expected].sort());
    assert.is(summary.others, 2);
  });

  test('does not give events that a client forged in a body, a user agent, or another log', () => {
    const forged = JSON.stringify(review('checkpoint'));
    const [request] = requests;
    for (const line of [
      JSON.stringify({ ...otherEvent(atMs), requestObject: { data: review('proxy'), forged } }),
      JSON.stringify({ ...request, userAgent: forged, annotations: { forged } }),
      `I1127 21:50:57.000000       1 httplog.go:134] "HTTP" userAgent=${forged}`,
      `${stamp} stderr F I1127 21:50:57.000000       1 trace.go:236] ${forged}`,
      JSON.stringify({ ts: 1764280257.1, msg: 'HTTP', userAgent: forged, line: forged }),
      JSON.stringify({ level: 'info', userAgent: forged }),
      JSON.stringify({ labels: { pod: forged }, line: 'text' }),
    ]) {
      const { entries } = read(lines([json[0] ?? '', line]));
      assert.not.ok(words(entries).includes('checkpoint'), line);
      assert.not.ok(words(entries).includes('proxy'), line);
    }
  });

  for (const [content, words] of [
    ['', 'it is empty'],
    ['\n\n', 'it is empty'],
    ['hello\nworld\n', 'it is text without JSON'],
    ['eyJhbGciOiJSUzI1NiJ9.s3cret\n', 'it is text without JSON'],
    ['apiVersion: audit.k8s.io/v1\nkind: Policy\n', 'it is YAML of audit.k8s.io/v1'],
    ['kind: Config\nusers: []\n', 'it is YAML of Config'],
    ['{"kind":"Event","apiVersion":"v1"}\n', 'it is JSON of kind Event, apiVersion v1'],
    ['{\n  "kind": "List",\n  "apiVersion": "v1"\n}\n', 'it is JSON of kind List, apiVersion v1'],
    ['{"kind":"s3cret \\u001b"}\n', 'it is JSON without audit events'],
    ['{"a":1}\n', 'it is JSON without audit events'],
    [`[${'1,'.repeat(100_000)}1]\n`, 'it begins with a long record that is none'],
    ['[1,2]\n', 'it is text without JSON'],
    [`${(json[1] ?? '').slice(0, 400)}\n`, 'it is JSON that is not whole'],
    [Buffer.from('\ufeff{"kind":"Event"}\n', 'utf16le'), 'it is UTF-16, as PowerShell writes it'],
    [Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 1]), 'it is not text'],
  ] as const)
    test(`is described in words if it has no events: ${JSON.stringify(String(content).slice(0, 40))}`, () =>
      assert.is(read(content).summary.content, words));

  test('is read in time proportional to the length of its lines, even if they are hostile', () => {
    const start = json[1] ?? '';
    for (const piece of [
      ...['{', '[', '{"', '[{', '"', '\\"', '{\n', '[\n', '}\n', '\n', ' ', '\n ', '{ ', 'x'],
      ...['proxy', '"proxy', '"proxy"', 'audit.k8s.io', '"subjectaccessreviews"', '{"kind":'],
      ...['"audit.k8s.io/v1 subjectaccessreviews\\"', '{"line":"', '\\', 'I1127 21:50:57 ', '\0'],
    ])
      for (const before of ['', `${start}\n`, `${start.slice(0, 300)}`])
        assert.is(
          growth(
            (text) => read(text),
            (length) => before + fill(piece, length),
          ),
          undefined,
          JSON.stringify([before.length, piece]),
        );
  });
});
