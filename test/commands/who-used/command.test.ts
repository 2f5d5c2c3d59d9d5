import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { load } from 'js-yaml';
import * as assert from 'uvu/assert';
import { auditPolicyRules } from '../../../src/commands/who-used/notes.ts';
import { exampleAuditLog } from '../../kit/example-audit-log.ts';
import { schemaErrors } from '../../kit/json-schema.ts';
import { suite } from '../../kit/suite.ts';
import { withFiles } from '../../kit/temporary.ts';
import { type Result, runTool, startTool } from '../../kit/tool.ts';
import { otherEvent, reviewEvent, tokenReviewEvent } from '../../kubelet/audit-log/events.ts';
import { cellsOf } from '../shared/rows/kubelets.ts';

const atMs = Date.UTC(2026, 10, 27, 21);
const caller = { user: 'system:serviceaccount:mon:agent' };
const log = exampleAuditLog();
const lines = (...events: readonly object[]) =>
  events.map((event) => `${JSON.stringify(event)}\n`).join('');

type Files = Readonly<Record<string, string | Uint8Array>>;

const whoUsed = (files: Files, ...args: readonly string[]): Promise<Result> =>
  withFiles(files, (cwd) => runTool(['who-used', ...args], { cwd }));
const fromStdin = (stdin: string, ...args: readonly string[]) =>
  runTool(['who-used', '--audit-log', '-', ...args], { stdin });

const given = { atMs, node: 'node-1', caller, allowed: true } as const;

function review(subresource: string) {
  return reviewEvent({ ...given, subresource });
}

/** Returns the audit event of an access review, without this part. Never includes the response. */
function without(part: 'requestObject' | 'responseObject', subresource = 'stats') {
  return { ...review(subresource), [part]: undefined, responseObject: undefined };
}

const reviewNote =
  'note: REVIEWS counts questions of kubelets, which remember answers (5m if allowed, 30s if denied): the log does not have each call, nor its path\n';
const hiddenNote =
  'note: while a kubelet remembers that it allowed nodes/proxy (5m), exec, container logs and pprof by the same caller leave no trace: add what is ENOUGH, and see whether nodes/proxy is still asked for\n';

suite('who-used', (test) => {
  test('lists callers, the permissions that they used, and smaller permissions that would have been enough', async () => {
    const { code, stdout, stderr } = await whoUsed(
      { 'audit.log': log },
      '--audit-log',
      'audit.log',
    );
    assert.is(code, 0, stderr);
    assert.equal(
      cellsOf(stdout).map((cells) => cells.join(' | ')),
      [
        'SUBJECT | PERMISSION | VIA | ANSWER | NODES | WHICH | REVIEWS | REQUESTS | ENOUGH',
        'serviceaccount:kube-system:metrics-server | get nodes/metrics | direct | allowed | 2 | - | 2 | - | get nodes/metrics',
        'serviceaccount:logging:shipper | get nodes/proxy | direct | allowed | 1 | own-only | 1 | - | get nodes/proxy',
        'serviceaccount:monitoring:agent | get nodes/pods | direct | denied | 2 | own-only | 4 | - | get nodes/pods',
        'serviceaccount:monitoring:agent | get nodes/proxy | direct | allowed | 2 | own-only | 2 | - | get nodes/pods',
        'user:jane | get nodes/proxy | apiserver | allowed | 1 | - | - | 1 | get nodes/proxy',
        'user:Kubernetes | get nodes/stats | direct | allowed | 1 | - | 1 | - | get nodes/stats',
      ],
    );
    assert.is(
      stderr,
      `${reviewNote}${hiddenNote}note: user:Kubernetes is kube-apiserver itself: kubectl logs, exec, and the node proxy\n`,
    );
  });

  test('prints a note on cached answers only if a permission other than nodes/proxy seems enough', async () => {
    for (const subject of ['serviceaccount:logging:shipper', 'user:jane', 'user:Kubernetes'])
      assert.not.match((await fromStdin(log, '--subject', subject)).stderr, hiddenNote);
    const agent = ['--subject', 'serviceaccount:monitoring:agent'];
    assert.match((await fromStdin(log, ...agent)).stderr, hiddenNote);
    const pods = log.split('\n').filter((line) => !line.includes('"subresource":"proxy"'));
    assert.not.match((await fromStdin(`${pods.join('\n')}\n`, ...agent)).stderr, hiddenNote);
  });

  test('prints bindings, nodes, times and reasons as JSON that fits its schema', async () => {
    const { stdout } = await fromStdin(log, '-o', 'json');
    const list = JSON.parse(stdout);
    assert.equal(schemaErrors('docs/schemas/KubeletUseList.schema.json', list), []);
    const [, , , agent, jane] = list.items;
    assert.equal(agent, {
      subject: 'serviceaccount:monitoring:agent',
      permission: 'get nodes/proxy',
      via: 'direct',
      answer: 'allowed',
      nodeCount: 2,
      nodeScope: 'own-only',
      reviewCount: 2,
      sufficientPermissions: ['get nodes/pods'],
      reason: 'asked for after a denial of these',
      clusterRoleBindings: ['agent'],
      clusterRoles: ['agent'],
      firstSeen: '2026-11-27T21:51:00.002Z',
      lastSeen: '2026-11-27T21:51:00.102Z',
      kubeletClient: false,
      nodeNames: ['node-1', 'node-2'],
    });
    assert.equal([jane.requestCount, jane.sufficientDirectPermissions], [1, ['get nodes/stats']]);
    const yaml = load((await fromStdin(log, '-o', 'yaml')).stdout);
    assert.equal(yaml, list);
    const column = await fromStdin(log, '-o', 'jsonpath={.items[*].kubeletClient}');
    assert.is(column.stdout, 'false false false false false true');
  });

  test('can be sorted, limited and selected like other lists', async () => {
    const subjects = async (...args: readonly string[]) =>
      cellsOf((await fromStdin(log, '--no-headers', ...args)).stdout).map(([subject]) => subject);
    assert.equal(await subjects('--sort-by', 'reviews', '--limit', '1'), [
      'serviceaccount:monitoring:agent',
    ]);
    assert.equal(await subjects('--subject', 'user:jane'), ['user:jane']);
    assert.equal(await subjects('--since', '2026-11-27T21:53:30Z'), [
      'user:jane',
      'user:Kubernetes',
    ]);
    const none = await fromStdin(log, '--subject', 'user:nobody');
    assert.equal([none.code, none.stdout, none.stderr], [0, '', 'no calls of kubelets found\n']);
  });

  test('reads several files in any order, gzipped or not, with any names', async () => {
    const all = log.trimEnd().split('\n');
    const part = (from: number, to?: number) => `${all.slice(from, to).join('\n')}\n`;
    const members = [gzipSync(part(2, 4)), gzipSync(part(4, 6))];
    const files = {
      'audit.log': part(6),
      'audit-1.log': Buffer.concat(members),
      'audit-2.log.gz': part(0, 2),
    };
    const { code, stdout } = await whoUsed(files, 'audit.log', 'audit-1.log', 'audit-2.log.gz');
    assert.is(code, 0);
    const whole = await fromStdin(log);
    assert.is(stdout, whole.stdout);
    const mixed = ['--audit-log', 'audit-2.log.gz', 'audit.log', '--audit-log', 'audit-1.log'];
    assert.is((await whoUsed(files, ...mixed)).stdout, stdout);
  });

  test('reports data that it could not read, and exits with 4', async () => {
    const broken = log.replace('"verb":"create"', '"verb:"create"');
    const [first = '', ...rest] = log.split('\n');
    const long = `text\n${broken}${rest[0]?.slice(0, 500)}`;
    const text = await whoUsed({ a: long }, 'a');
    assert.is(text.code, 4);
    assert.match(text.stderr, /^warning: a: 1 line could not be read as JSON\n/);
    assert.match(text.stderr, '\nnote: a: skipped 1 line without an audit event\n');
    assert.match(text.stderr, '\nnote: a: the last line is cut\n');
    const packed = gzipSync(log);
    const cut = await whoUsed({ a: packed.subarray(0, packed.length - 30), b: first }, 'a', 'b');
    assert.is(cut.code, 4);
    assert.match(
      cut.stderr,
      /^warning: a: the gzip data is cut or damaged, and was read up to there\n/,
    );
    const bad = lines(otherEvent(atMs), { ...review('stats'), user: 7 });
    const unreadable = await fromStdin(bad);
    assert.is(unreadable.code, 4);
    assert.match(
      unreadable.stderr,
      'warning: 1 event could not be read: user: expected object, got number\n',
    );
  });

  test('accepts an empty file beside another file, as after a rotation', async () => {
    const { code, stderr } = await whoUsed({ a: log, b: '' }, 'a', 'b');
    assert.is(code, 0);
    assert.match(stderr, /^note: b is empty\n/);
  });

  test('accepts an incomplete last line, and lines without audit events', async () => {
    const { code, stderr } = await fromStdin(`I1127 text\n${log}${log.slice(0, 200)}`);
    assert.is(code, 0);
    assert.match(stderr, /^note: standard input: skipped 1 line without an audit event\n/);
  });

  for (const [title, events, words] of [
    [
      'no access reviews',
      [otherEvent(atMs)],
      'no calls of kubelets found\nwarning: no review by a kubelet: unknown who called kubelets directly\n',
    ],
    [
      'reviews at level Metadata',
      [without('requestObject'), without('requestObject')],
      'no calls of kubelets found\nwarning: 2 reviews by nodes without a body: unknown who called (audit level Metadata)\n',
    ],
    [
      'reviews at level Request',
      [without('responseObject')],
      `warning: 1 review without an answer (audit level Request, or a failed request)\n${reviewNote}`,
    ],
  ] as const)
    test(`prints rules for the audit policy if a log has ${title}`, async () => {
      const { code, stderr } = await fromStdin(lines(...events));
      assert.is(code, 4);
      assert.is(
        stderr,
        `${words}hint: rules for the audit policy, before all others:\n${auditPolicyRules}`,
      );
      const rules = load(auditPolicyRules) as readonly { readonly level: string }[];
      assert.equal(
        rules.map(({ level }) => level),
        ['RequestResponse', 'Metadata', 'Metadata'],
      );
    });

  test('prints the rules of docs/who-used.md', () =>
    assert.match(
      readFileSync('docs/who-used.md', 'utf8'),
      `\`\`\`yaml\n${auditPolicyRules}\`\`\``,
    ));

  test('prints <unknown> if the log shows neither the answer nor why nodes/proxy was needed', async () => {
    const { stdout, stderr } = await fromStdin(lines(without('responseObject', 'proxy')));
    const [, row] = cellsOf(stdout);
    assert.equal([row?.[3], row?.[8]], ['<unknown>', '<unknown>']);
    assert.match(
      stderr,
      'note: ENOUGH is unknown where nothing shows what nodes/proxy was for: -o wide\n',
    );
    const wide = await fromStdin(lines(without('responseObject', 'proxy')), '-o', 'wide');
    assert.match(wide.stdout, 'log begins too late (1 node)');
  });

  test('does not count access reviews that were not sent by kubelets', async () => {
    const forged = { ...review('proxy'), user: { username: 'jane\n\u001b[31mwarning: x' } };
    const { stdout, stderr } = await fromStdin(lines(review('stats'), forged));
    assert.is(cellsOf(stdout).length, 2);
    assert.match(
      stderr,
      String.raw`note: not counted, as no kubelet asked about itself: reviews by jane\x0a\x1b[31mwarning: x (1)`,
    );
  });

  test('prints hostile names on one line without control characters', async () => {
    const user = 'jane\n\u001b[31m\u202eroot';
    const event = reviewEvent({ ...given, subresource: 'stats', caller: { user } });
    for (const format of ['table', 'csv', 'json', 'yaml']) {
      const { stdout } = await fromStdin(lines(event), '-o', format);
      assert.not.match(stdout, /[\u001b\u202e]/);
    }
    assert.is(cellsOf((await fromStdin(lines(event))).stdout).length, 2);
  });

  test('never prints tokens or the text of unreadable events', async () => {
    const secret = 's3cretToken';
    const broken = JSON.stringify(tokenReviewEvent(atMs, 'node-1', secret)).slice(0, -3);
    const token = tokenReviewEvent(atMs, 'node-1', `"subjectaccessreviews" ${secret}`);
    const bad = { ...review('stats'), user: { username: [secret] } };
    for (const text of [
      lines(review('stats'), token, bad),
      `${lines(review('stats'))}${broken}\n`,
      `${secret}\n`,
      `{"kind":"${secret}!","a":"${secret}"}\n`,
      `{"audit.k8s.io":"${secret}\n`,
    ])
      for (const format of ['wide', 'json']) {
        const { stdout, stderr } = await fromStdin(text, '-o', format, '-v', '8');
        assert.not.match(stdout + stderr, secret);
      }
  });

  for (const [title, files, args, words] of [
    ['a file without JSON', { a: 'text\n' }, ['a'], 'no audit event in a: it is text without JSON'],
    ['an empty file', { a: '' }, ['a'], 'no audit event in a: it is empty'],
    [
      'events of another kind',
      { a: '{"kind":"Event","apiVersion":"v1"}\n' },
      ['a'],
      'no audit event in a: it is JSON of kind Event, apiVersion v1',
    ],
    [
      'two files of which one has no audit events',
      { a: log, b: '1\n' },
      ['a', 'b'],
      'no audit event in b: it is text without JSON',
    ],
    [
      'a file that does not exist',
      {},
      ['--audit-log', 'a'],
      'unable to read audit log a: no such file or directory',
    ],
    ['a folder', { 'a/b': '' }, ['a'], 'unable to read audit log a: is a directory'],
  ] as const)
    test(`fails for ${title}`, async () => {
      const { code, stdout, stderr } = await whoUsed(files, ...args);
      assert.equal([code, stdout], [1, '']);
      assert.match(stderr, `error: ${words}\n`);
    });

  test('takes at most 256 audit logs', async () => {
    const logs = Array.from({ length: 257 }, (_, index) => `a${index}`);
    const { code, stdout, stderr } = await runTool(['who-used', ...logs]);
    assert.equal([code, stdout], [2, '']);
    assert.match(stderr, /^error: at most 256 audit logs can/);
  });

  test('ends when it is interrupted', async () => {
    const running = startTool(['who-used', '/dev/zero']);
    setTimeout(running.interrupt, 50);
    assert.is((await running.result).code, 130);
  });
});
