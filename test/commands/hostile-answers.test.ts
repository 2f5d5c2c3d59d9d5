// Responses of a broken or hostile API server.

import * as assert from 'uvu/assert';
import { fc } from '../kit/fast-check.ts';
import { runs } from '../kit/random.ts';
import {
  account,
  binding,
  group,
  ownMetadata,
  pairRule,
  put,
  role,
  roleBinding,
  rule,
  serviceAccount,
  user,
} from '../kit/rbac.ts';
import { suite } from '../kit/suite.ts';
import { type Passing, startTamperingProxy, type Tamper } from '../kit/tampering-proxy.ts';
import { type Result, runTool } from '../kit/tool.ts';
import { inVirtualTime } from '../kit/virtual-time.ts';
import type { Fault } from '../sandbox/faults.ts';
import { type Sandbox, startSandbox } from '../sandbox/sandbox.ts';

inVirtualTime();

const { seed, numRuns } = runs(100, 5000);

/** Command lines of every command that ends by itself, for a cluster in which they succeed. */
const commands = [
  'status',
  'status --subject user:jane --profile stats',
  'audit',
  'certificates',
  'grant',
  'grant --subject user:bob --profile stats --for 1h',
  'grant --dry-run=client -o yaml',
  'grant --dry-run=server',
  'grant --subject user:jane --profile stats --force',
  'revoke',
  'revoke --expired',
  'revoke --subject user:jane --profile stats',
  'revoke --profile stats --dry-run=server',
  'curl /healthz --node node-1',
  'curl /configz --node node-1 --via apiserver',
  'curl /healthz --node node-1 --as-serviceaccount default/agent',
  'endpoints node-1',
  'top pods -L app',
  'top nodes --via apiserver',
  'get pods --via apiserver -o wide',
  'metrics --via apiserver',
  'node-logs node-1 --via apiserver',
  'logs web',
  'logs web --via apiserver',
  'exec web --allow-exec -- echo hi',
  'exec web --no-upgrade --via apiserver --allow-exec -- echo hi',
  'attach web --node node-1 --allow-exec',
];

/** Fills the sandbox with objects that have every field that any command reads. */
function fill(sandbox: Sandbox): void {
  for (const resource of ['clusterroles', 'clusterrolebindings', 'rolebindings'])
    for (const { metadata } of sandbox.store.list(resource))
      sandbox.store.delete(
        resource,
        metadata.namespace === undefined ? metadata.name : `${metadata.namespace}/${metadata.name}`,
      );
  sandbox.store.put('serviceaccounts', serviceAccount('agent', 'default'));
  const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: 'u' };
  const owned = role('owned', [rule('nodes/stats')]);
  put(
    sandbox,
    role('system:kube-apiserver-to-kubelet', [pairRule], {
      labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' },
      annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'true' },
    }),
    binding('system:kube-apiserver', 'system:kube-apiserver-to-kubelet', [user('Kubernetes')]),
    role('kubeletaccess:stats', [rule('nodes/stats'), rule('nodes', 'get,list')], ownMetadata()),
    binding(
      'kubeletaccess:stats:user:jane',
      'kubeletaccess:stats',
      [user('jane')],
      ownMetadata({ expires: '2020-01-01T00:00:00Z' }),
    ),
    { ...owned, metadata: { ...owned.metadata, ownerReferences: [owner] } as never },
    {
      ...role('all', [
        rule('nodes/proxy', 'get', { resourceNames: ['node-1'] }),
        { verbs: ['get'], nonResourceURLs: ['/metrics'] },
      ]),
      aggregationRule: { clusterRoleSelectors: [{ matchLabels: { a: 'b' } }] },
    },
    binding('others', 'all', [account('agent', 'monitoring'), group('devs')]),
    roleBinding('ns', 'in-namespace', { name: 'all' }, [user('eve')]),
  );
}

/** Values that are invalid for all fields or for most fields. */
const replacements: readonly unknown[] = [
  ...[null, true, 0, -1, 1.5, 1e300, '', 'text', '\ud800', 'a\nhint: b\u0000\u202e', '../..'],
  ...['x'.repeat(100_000), [], [null], [1], ['\udfff'], [[]], {}, { a: null }, { a: { b: 1 } }],
  ...[
    JSON.parse('{"__proto__":{"a":1},"constructor":1}'),
    JSON.parse('['.repeat(5000) + ']'.repeat(5000)),
  ],
];

type Path = readonly (string | number)[];

/** Returns the paths of all values within a value, and the path of the value itself. */
function pathsOf(value: unknown, at: Path = []): readonly Path[] {
  if (typeof value !== 'object' || value === null) return [at];
  return [at, ...Object.entries(value).flatMap(([key, inner]) => pathsOf(inner, [...at, key]))];
}

function replaced(value: unknown, [key, ...rest]: Path, replacement: unknown): unknown {
  if (key === undefined) return replacement;
  const copy = Array.isArray(value) ? [...(value as unknown[])] : { ...(value as object) };
  Object.assign(copy, {
    [key]: replaced((value as Record<string, unknown>)[key], rest, replacement),
  });
  return copy;
}

const wholes: readonly ((answer: Passing) => ReturnType<Tamper>)[] = [
  () => ({ text: '' }),
  () => ({ text: 'null' }),
  () => ({ text: '<html>' }),
  ({ text }) => ({ text: text.slice(0, text.length / 2) }),
  () => ({ text: JSON.stringify({ kind: 'PodList', apiVersion: 'v1', metadata: {}, items: [] }) }),
  () => ({ text: JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Success' }) }),
  () => ({ text: '{"kind":"Table"}' }),
  ...[400, 403, 404, 409, 422, 500, 503].flatMap((status) =>
    [{}, 1, null, [], 'words', { a: 1 }].map((message) => () => ({
      status,
      headers: { 'content-type': 'application/json' },
      text: JSON.stringify({ kind: 'Status', apiVersion: 'v1', reason: message, message }),
    })),
  ),
];

interface Change {
  readonly line: string;
  /** Numbers that select a response of the command, a place in it, and a replacement. */
  readonly answer: number;
  readonly place: number;
  readonly replacement: number;
}

const changes: fc.Arbitrary<Change> = fc.record({
  line: fc.constantFrom(...commands),
  answer: fc.nat(),
  place: fc.nat(),
  replacement: fc.nat(),
});

function isJson({ text }: Passing): boolean {
  return /^\s*[{[]/.test(text);
}

/** Returns output that must never be printed, whatever a server sends; undefined if there is none. */
function faultOf({ code, stdout, stderr }: Result): string | undefined {
  const output = stdout + stderr;
  const [found] =
    /\bundefined\b|\[object Object\]|\bNaN\b|^\s+at .*[:(]\d+|^hint: b/m.exec(output) ?? [];
  if (code !== 70 && found === undefined) return undefined;
  return `exit ${code}, ${JSON.stringify(found)} in ${output.slice(0, 500)}`;
}

/** Runs a test with a sandbox whose responses are changed by the current `tamper`. */
async function withTampering(
  use: (run: (line: string, tamper: Tamper) => Promise<Result>, sandbox: Sandbox) => Promise<void>,
  second: Fault = 'none',
): Promise<void> {
  const sandbox = await startSandbox({ nodes: ['none', second] });
  let tamper: Tamper = () => undefined;
  const proxy = await startTamperingProxy(sandbox, () => tamper);
  try {
    await use(async (line, given) => {
      fill(sandbox);
      tamper = given;
      return runTool(line, { env: { KUBECONFIG: proxy.kubeconfig } });
    }, sandbox);
  } finally {
    await proxy.stop();
    await sandbox.stop();
  }
}

suite('responses that violate the API', (test) => {
  test('never crash a command, whichever field has an unexpected value', () =>
    withTampering(async (run) => {
      const counts = new Map<string, number>();
      for (const line of commands) {
        let count = 0;
        await run(line, (answer) => {
          if (isJson(answer)) count += 1;
          return undefined;
        });
        counts.set(line, count);
      }
      const failures: string[] = [];
      for (const { line, answer, place, replacement } of fc.sample(changes, { seed, numRuns })) {
        let left = answer % (counts.get(line) ?? 1);
        let change = '';
        const result = await run(line, (passing) => {
          if (!isJson(passing) || left-- !== 0) return undefined;
          const value: unknown = JSON.parse(passing.text);
          const paths = pathsOf(value);
          const path = paths[place % (paths.length + 5)];
          change = `${passing.method} ${passing.path} ${path?.join('.')}`;
          if (!path) return wholes[replacement % wholes.length]?.(passing);
          const chosen = replacements[replacement % replacements.length];
          change += ` = ${JSON.stringify(chosen).slice(0, 80)}`;
          return { text: JSON.stringify(replaced(value, path, chosen)) };
        });
        const fault = faultOf(result);
        if (fault !== undefined) failures.push(`${line}: ${change}: ${fault}`);
      }
      assert.is(failures.length, 0, failures.join('\n'));
    }, 'no-certificate'));

  /** Commands that judge or write by a list, the path of the list, and fields that they do not read. */
  for (const [title, line, list, unread] of [
    ['audit reads roles', 'audit -o json', /\/clusterroles\?/],
    ['audit reads bindings', 'audit -o json', /\/clusterrolebindings\?/],
    ['audit reads nodes', 'audit -o json', /\/nodes\?/],
    ['status reads nodes', 'status -o json', /\/nodes\?/],
    ['status reads the role', 'status -o json', /\/clusterroles\/system/],
    ['status reads the binding', 'status -o json', /\/clusterrolebindings\/system/],
    ['revoke reads roles', 'revoke --profile stats', /\/clusterroles\?/],
    ['revoke reads bindings', 'revoke --profile stats', /\/clusterrolebindings\?/],
    [
      'revoke reads bindings in namespaces',
      'revoke --profile stats',
      /\/rolebindings\?/,
      /subjects/,
    ],
    ['grant reads the role', 'grant --force', /\/clusterroles\/system/],
    ['grant reads the binding', 'grant --force', /\/clusterrolebindings\/system/],
  ] as const)
    test(`are reported, and nothing is written, if ${title}`, () =>
      withTampering(async (run, sandbox) => {
        let original: unknown;
        const readsIt = ({ method, path }: Passing) => method === 'GET' && list.test(path);
        const clean = await run(line, (passing) => {
          if (readsIt(passing)) original ??= JSON.parse(passing.text);
          return undefined;
        });
        fill(sandbox);
        const intact = snapshot(sandbox);
        const roleNames = () =>
          sandbox.store.list('clusterroles').map(({ metadata }) => metadata.name);
        const roles = roleNames();
        assert.is(clean.code, 0, clean.stderr);
        const spoilt = pathsOf(original)
          .filter((path) => isVital(path) && !unread?.test(path.join('.')))
          .flatMap((path) => wrongValues(original, path).map((wrong) => ({ path, wrong })));
        assert.ok(spoilt.length > 10, `${spoilt.length}`);
        for (const { path, wrong } of fc.sample(fc.constantFrom(...spoilt), {
          seed,
          numRuns: Math.min(spoilt.length, Math.ceil(numRuns / 20)),
        })) {
          const spoil = () => JSON.stringify(replaced(original, path, wrong));
          let writes = 0;
          const result = await run(line, (passing) => {
            if (passing.method !== 'GET' && /rbac/.test(passing.path)) writes += 1;
            return readsIt(passing) ? { text: spoil() } : undefined;
          });
          const what = `${path.join('.')} = ${JSON.stringify(wrong)}\n${result.stdout}${result.stderr}`;
          assert.is(faultOf(result), undefined, what);
          if (/^revoke reads/.test(title)) {
            // What cannot be read keeps no other grant from being revoked, but it keeps the roles.
            assert.match(result.stderr, /the API server (?:answered|listed)|roles stay/, what);
            assert.equal(roleNames(), roles, what);
            fill(sandbox);
            continue;
          }
          assert.is.not(result.code, 0, what);
          if (/^(?:audit|status) /.test(line))
            assert.match(result.stdout + result.stderr, /the API server (?:answered|listed)/, what);
          else {
            assert.match(result.stderr, /^error: the API server answered GET /m, what);
            assert.is(writes, 0, what);
            assert.is(snapshot(sandbox), intact, what);
          }
        }
      }));
});

const vital = new Set(
  ['', 'kind', 'apiVersion', 'items', 'metadata', 'name', 'labels', 'annotations'].concat(
    ['roleRef', 'subjects', 'namespace', 'rules', 'verbs', 'apiGroups', 'resources'],
    ['resourceNames', 'nonResourceURLs', 'status', 'addresses', 'type', 'address', 'nodeInfo'],
    ['conditions', 'kubeletVersion', 'daemonEndpoints', 'kubeletEndpoint', 'Port', 'continue'],
  ),
);

/** Whether commands read a field. An item of a list is read if the list is read. */
function isVital(path: Path): boolean {
  // Only kind and name of owners are read.
  if (path.includes('ownerReferences') && path.at(-1) === 'apiVersion') return false;
  return vital.has(String(path.findLast((key) => !/^\d+$/.test(String(key))) ?? ''));
}

/** Returns values of other types than the value at the path. Null is not among them, because commands treat it as an absent field. */
function wrongValues(value: unknown, path: Path): readonly unknown[] {
  const found = path.reduce((inner, key) => (inner as Record<string, unknown>)[key], value);
  const typeOf = (each: unknown) => (Array.isArray(each) ? 'array' : typeof each);
  return ['text', 7, true, {}, []].filter((wrong) => typeOf(wrong) !== typeOf(found));
}

function snapshot({ store }: Sandbox): string {
  return JSON.stringify(
    ['clusterroles', 'clusterrolebindings'].map((resource) =>
      store.list(resource).map(({ metadata: { uid: _, ...metadata }, ...rest }) => ({
        ...rest,
        metadata: { ...metadata, resourceVersion: '', creationTimestamp: '' },
      })),
    ),
  );
}
