import * as assert from 'uvu/assert';
import { outcomeOf } from '../../../src/commands/status/probe.ts';
import type { Report } from '../../../src/commands/status/report.ts';
import { rbacRule, rule } from '../../kit/rbac.ts';
import { suite } from '../../kit/suite.ts';
import { inVirtualTime } from '../../kit/virtual-time.ts';
import { allow, type Caller, withSandbox } from '../../kit/with-sandbox.ts';
import type { Sandbox, SandboxOptions } from '../../sandbox/sandbox.ts';
import { pair } from './given.ts';

inVirtualTime();

type Steps = readonly [webSocket: string, spdy: string, runtime: string, direct: string];

interface Case {
  readonly title: string;
  readonly cluster?: SandboxOptions;
  /** By default the usual role and binding of kube-apiserver. */
  readonly given?: (sandbox: Sandbox) => void;
  readonly caller?: Caller;
  readonly args?: readonly string[];
  readonly verdict: Report['verdict'];
  readonly code: number;
  readonly nodes: readonly Steps[];
  /** Substrings of the text. */
  readonly says?: readonly (string | RegExp)[];
  readonly saysNot?: readonly string[];
}

const rest = rule('nodes/stats,nodes/metrics,nodes/log', '*');
const given = (sandbox: Sandbox) => {
  for (const each of pair()) each(sandbox);
};
const one = { nodes: ['none'] } as const satisfies SandboxOptions;
/** More time than any working node takes, even on a busy machine. */
const patient = ['--timeout', '10m'];
const works: Steps = ['ok', 'ok', 'ok', 'ok'];
const dev = (sandbox: Sandbox, ...more: readonly Parameters<typeof allow>[2][number][]) =>
  allow(sandbox, 'dev', [
    rule('nodes,pods', 'get,list'),
    rule('nodes/proxy'),
    rule('subjectaccessreviews', 'create', { apiGroups: ['authorization.k8s.io'] }),
    rbacRule('clusterroles,clusterrolebindings', 'get,list'),
    ...more,
  ]);

const cases: readonly Case[] = [
  {
    title: 'checks all hops, but not the hop to the container runtime on a node without a pod',
    verdict: 'ok',
    code: 0,
    nodes: [works, ['ok', 'ok', 'not-asked', 'ok']],
    says: [
      /STREAMS +WEBSOCKET +SPDY +RUNTIME +DIRECT +ASKED BY\n/,
      /node-1 +ok +ok +ok +ok +pod default\/web\n/,
      /node-2 +ok +ok +not-asked +ok +node proxy\n/,
      '* note: node-2: no running container to ask for; the hop to the container runtime is not checked',
    ],
  },
  {
    title: 'reports switched-off handlers once',
    cluster: { nodes: ['handlers-off'] },
    verdict: 'all-nodes-fail',
    code: 1,
    nodes: [['switched-off', 'switched-off', 'not-asked', 'switched-off']],
    says: ['this is disabled in the configuration of the kubelet'],
  },
  {
    title: 'reports that SPDY fails if kube-apiserver may only get nodes/proxy',
    cluster: one,
    given: (sandbox) => allow(sandbox, 'Kubernetes', [rule('nodes/proxy'), rest]),
    verdict: 'access-missing',
    code: 3,
    nodes: [['ok', 'forbidden', 'ok', 'ok']],
    says: [
      '* warning: node-1: the kubelet denied kube-apiserver (user "Kubernetes") create on nodes/proxy',
      'the WebSocket of kubectl since 1.31 works',
      'verb=create',
    ],
  },
  {
    title:
      'reports that kubelets before 1.36 fail all streams if kube-apiserver may only get nodes/proxy',
    cluster: { nodes: ['none'], minor: 31 },
    given: (sandbox) => allow(sandbox, 'Kubernetes', [rule('nodes/proxy'), rest]),
    verdict: 'access-missing',
    code: 3,
    nodes: [['ok', 'forbidden', 'ok', 'ok']],
    says: [
      '* node-1: the kubelet denied kube-apiserver (user "Kubernetes") create on nodes/proxy',
      'kube-apiserver asks this kubelet so for every stream',
    ],
  },
  {
    title: 'names the missing permission of a caller who may not exec',
    cluster: one,
    given: (sandbox) => {
      given(sandbox);
      dev(sandbox);
    },
    caller: 'dev',
    verdict: 'streams-broken',
    code: 3,
    nodes: [['forbidden', 'forbidden', 'not-asked', 'ok']],
    says: [
      '* node-1: the API server denies you (user "dev") pods/exec in namespace default',
      'missing rule: {apiGroups: [""], resources: ["pods/exec"], verbs: ["get","create"]}',
      'kubectl create role get-create-pods-exec:dev --verb=get,create --resource=pods/exec --namespace=default',
    ],
  },
  {
    title:
      'reports a denial by API server 1.35, which has no reason, if the caller may only get pods/exec',
    cluster: one,
    given: (sandbox) => {
      given(sandbox);
      dev(sandbox, rule('pods/exec'));
    },
    caller: 'dev',
    verdict: 'streams-broken',
    code: 3,
    nodes: [['forbidden', 'forbidden', 'not-asked', 'ok']],
    says: ['the API server denies you (user "dev") pods/exec', '\n  pods "web" is forbidden:\n'],
    saysNot: ['in words of neither RBAC'],
  },
  {
    title: 'reports that SPDY works for a caller who may only create pods/exec',
    cluster: one,
    given: (sandbox) => {
      given(sandbox);
      dev(sandbox, rule('pods/exec', 'create'));
    },
    caller: 'dev',
    verdict: 'ok',
    code: 0,
    nodes: [['forbidden', 'ok', 'not-asked', 'ok']],
    says: [
      '* warning: node-1: the API server denies you',
      'SPDY, which kubectl falls back to, works',
      '* warning: RBAC denies you (user "dev") create on pods/attach, pods/portforward in namespace default',
    ],
  },
  {
    title: 'warns about cri-dockerd with a kubelet of 1.36 or later',
    cluster: { nodes: ['docker'], minor: 37 },
    verdict: 'ok',
    code: 0,
    nodes: [works],
    says: [
      '* warning: node-1: exec may fail, which is not checked: for exec, attach and port-forward, kubelets of 1.36 and later',
      'node-1: kubelet v1.37.2, container runtime docker://29.4.1',
      '--feature-gates=ExtendWebSocketsToKubelet=false',
    ],
  },
  {
    title: 'does not warn about cri-dockerd with a kubelet before 1.36',
    cluster: { nodes: ['docker'], minor: 31 },
    verdict: 'ok',
    code: 0,
    nodes: [works],
    saysNot: ['cri-dockerd'],
  },
  {
    title:
      'sends no stream probe to a stopped kubelet, and stops waiting for a frozen kubelet at the time limit',
    cluster: { nodes: ['stopped', 'no-answer'] },
    args: ['--timeout', '2s'],
    verdict: 'all-nodes-fail',
    code: 1,
    nodes: [
      ['not-asked', 'not-asked', 'not-asked', 'not-asked'],
      ['not-asked', 'not-asked', 'not-asked', 'not-asked'],
    ],
  },
];

// These tests are not concurrent, because follow-up requests of eight tests at once would take more than their 5 s.
suite('status --streams', (test) => {
  for (const {
    title,
    cluster = {},
    given: prepare = given,
    caller,
    args = patient,
    ...expected
  } of cases)
    test(title, () =>
      withSandbox({ minor: 37, ...cluster }, async (sandbox, tool) => {
        prepare(sandbox);
        const words = ['status', '--streams', ...args];
        const { stdout: json, stderr } = await tool([...words, '-o', 'json'], caller);
        const report = JSON.parse(json || '{}') as Report;
        const { code, stdout } = await tool(words, caller);
        const told = stdout + stderr;
        const steps = report.nodes.map(({ streams }) => [
          ...[streams?.webSocket, streams?.spdy, streams?.runtime, streams?.direct],
        ]);
        assert.equal(
          steps.map((each) => each.map((path) => path && outcomeOf(path))),
          expected.nodes,
          told,
        );
        assert.is(report.verdict, expected.verdict, told);
        assert.is(code, expected.code, told);
        for (const piece of expected.says ?? [])
          assert.ok(
            typeof piece === 'string' ? stdout.includes(piece) : piece.test(stdout),
            `${piece}\n${told}`,
          );
        for (const piece of expected.saysNot ?? []) assert.not.ok(stdout.includes(piece), told);
      }),
    );

  test('sends no request that names a command; status without --streams requests no stream', () =>
    withSandbox({ minor: 37, ...one }, async (sandbox, tool) => {
      given(sandbox);
      await tool(['status', ...patient]);
      const all = () => [
        ...sandbox.apiServer.requests.map(({ line }) => line),
        ...(sandbox.kubelets[0]?.requests ?? []),
      ];
      const isStream = (line: string) => /\/exec[/?]|attach|portforward/i.test(line);
      assert.equal(all().filter(isStream), []);
      await tool(['status', '--streams', ...patient]);
      const sent = all().filter(isStream);
      assert.ok(sent.length >= 7, `${sent}`);
      for (const line of sent)
        assert.not.match(line, /command|stdin|input|attach|portforward|tty/i);
    }));

  test('asks the kubelet of --kubelet-address directly', () =>
    withSandbox({ minor: 37, nodes: ['none'] }, async (sandbox, tool) => {
      const [kubelet] = sandbox.kubelets;
      const args = [
        'status',
        '--streams',
        '--kubelet-address',
        `127.0.0.1:${kubelet?.port}`,
        ...patient,
      ];
      assert.is((await tool(args)).code, 0);
      allow(sandbox, 'dev', [rule('nodes/healthz')]);
      const { code, stdout } = await tool(args, 'dev');
      assert.is(code, 3, stdout);
      assert.match(stdout, /the kubelet denied user "dev", who called it directly/);
    }));
});
