import * as assert from 'uvu/assert';
import type { NodeFacts } from '../../src/commands/status/facts.ts';
import type { FailedProbe, Probe } from '../../src/commands/status/probe.ts';
import { callerFindings } from '../../src/commands/status/report/caller-findings.ts';
import { nodeFindings } from '../../src/commands/status/report/node-findings.ts';
import { type Failure, formatDetail, formatError } from '../../src/errors.ts';
import {
  addressOfNode,
  type Kubelet,
  openDirect,
  openViaApiServer,
} from '../../src/kube/kubelet-client/client.ts';
import { responseFailure } from '../../src/kube/kubelet-client/response-failure.ts';
import { type Stage, TransportError } from '../../src/kube/transport/error.ts';
import { defaultLimits } from '../../src/kube/transport/limits.ts';
import {
  type Cause,
  causes,
  entryOf,
  findResponseCause,
  findTransportCause,
  type Occurrence,
} from '../../src/kubelet/causes/causes.ts';
import { parseKubeletDenial } from '../../src/kubelet/denial.ts';
import { explain } from '../../src/kubelet/explain/explain.ts';
import { locate } from '../../src/kubelet/explain/locate.ts';
import { findRelayedFailure } from '../../src/kubelet/explain/relayed-failure.ts';
import { suite } from '../kit/suite.ts';

/** A failed request to the kubelet of node-1: the failure that curl prints, and the facts that status keeps. */
interface Case {
  readonly title: string;
  readonly cause: Cause;
  readonly failure: Failure;
  readonly facts: NodeFacts;
}

const request = { method: 'GET', path: '/healthz' };
const ports = [10_250, 10_255];
const stages: readonly Stage[] = ['proxy', 'connect', 'handshake', 'response', 'body'];
const codes = [
  ...causes.flatMap((cause) => entryOf(cause).codes),
  ...['timeout', 'EPROTO', 'ECONNRESET', 'HPE_INVALID_CONSTANT', 'ESTRANGE'],
];
const answers: readonly (readonly [status: number, text: string])[] = [
  [400, 'no such container'],
  [401, 'Unauthorized'],
  [403, 'Forbidden (user=dev, verb=get, resource=nodes, subresource(s)=[healthz proxy])'],
  [403, '<html>blocked</html>'],
  [404, '404 page not found'],
  [405, '405: Method Not Allowed'],
  [405, 'Debug endpoints are disabled.'],
  [429, 'Too many requests, please try again later.'],
  [500, 'Authorization error (user=dev, verb=get, resource=nodes, subresource=healthz)'],
  [500, '[-]syncloop failed: reason withheld'],
  [502, '<html>bad gateway</html>'],
  [503, 'busy'],
];

const signal = new AbortController().signal;
const closed = { close: () => {} } as never;
const access = { routeTo: () => undefined, trust: { verify: true } } as never;
const direct = (port: number) =>
  openDirect('node-1', { host: '10.0.0.1', port }, access, signal, defaultLimits);
const relayed = openViaApiServer('node-1', closed, defaultLimits);

function nodeFacts(kubelet: Kubelet, probe: Probe, port = ports[0]): NodeFacts {
  const other: Probe = { result: 'not-asked', message: '' };
  return {
    node: { metadata: { name: 'node-1' } },
    address: { host: '10.0.0.1', port: port ?? 0, type: 'InternalIP' },
    direct: kubelet.via === 'direct' ? probe : other,
    viaApiServer: kubelet.via === 'direct' ? other : probe,
  };
}

function failed(
  by: FailedProbe['component'],
  found: Occurrence,
  { message }: Failure,
): FailedProbe {
  return { result: 'failed', component: by, message, ms: 1, ...found };
}

function unanswered(
  kubelet: Kubelet,
  stage: Stage,
  code: string,
  message: string,
  port?: number,
): Case {
  const text = stage === 'proxy' ? 'the proxy cannot be reached: connection refused' : message;
  const error = new TransportError(stage, code, undefined, text);
  const failure = kubelet.broken(error) as Failure;
  const found = findTransportCause(error, kubelet.where);
  return {
    title: `${kubelet.via} port ${port}: ${code} at ${stage} ${message}`,
    cause: found.cause,
    failure,
    facts: nodeFacts(kubelet, failed('network', found, failure), port),
  };
}

function answered(kubelet: Kubelet, status: number, text: string): Case[] {
  const found = findResponseCause(status, text);
  if (!found) return [];
  const failure = responseFailure(kubelet, request, { status, text });
  const denial = parseKubeletDenial(text);
  const probe = { ...failed('kubelet', found, failure), denial };
  return [
    {
      title: `${kubelet.via}: ${status} ${text}`,
      cause: found.cause,
      failure,
      facts: nodeFacts(kubelet, probe),
    },
  ];
}

function withoutAddress(): Case {
  const node = { metadata: { name: 'node-1' } };
  try {
    addressOfNode(node, ['InternalIP'], undefined);
  } catch (error) {
    const failure = error as Failure;
    const probe = failed('network', { cause: 'no-address' }, failure);
    const facts = { ...nodeFacts(direct(10_250), probe), address: undefined };
    return { title: 'no-address', cause: 'no-address', failure, facts };
  }
  throw new Error('it has an address');
}

/** Response of the API server if it cannot connect to a kubelet. */
function notRelayed(message: string): Case[] {
  const words = `error trying to reach service: ${message}`;
  const found = findRelayedFailure(words);
  if (!found || locate(`Error from server: ${words}`).hop !== 'apiserver-to-kubelet') return [];
  const text = JSON.stringify({ kind: 'Status', reason: 'ServiceUnavailable', message: words });
  const failure = responseFailure(relayed, request, { status: 503, text });
  const probe = failed('apiserver', found, failure);
  return [{ title: words, cause: found.cause, failure, facts: nodeFacts(relayed, probe) }];
}

const cases: readonly Case[] = [
  ...ports.flatMap((port) =>
    stages.flatMap((stage) => codes.map((code) => unanswered(direct(port), stage, code, '', port))),
  ),
  ...['SSL alert number 80', 'wrong version number'].map((message) =>
    unanswered(direct(10_250), 'handshake', 'EPROTO', message),
  ),
  withoutAddress(),
  ...(['response', 'body'] as const).flatMap((stage) =>
    ['timeout', 'ECONNRESET'].map((code) => unanswered(relayed, stage, code, '')),
  ),
  ...answers.flatMap(([status, text]) => [
    ...answered(direct(10_250), status, text),
    ...answered(relayed, status, text),
  ]),
  ...causes.flatMap((cause) => entryOf(cause).examples.flatMap(notRelayed)),
];

suite('curl, status and explain', (test) => {
  test('are compared for every cause, except causes that only status sees', () => {
    const met = new Set(cases.map(({ cause }) => cause));
    assert.equal(
      causes.filter((cause) => !met.has(cause)),
      ['runtime-without-tls', 'node-gone', 'streaming-server-unreachable'],
    );
  });

  test('distinguish a closed read-only port from a stopped kubelet, and suggest port 10250', () => {
    const { failure, facts } = unanswered(direct(10_255), 'connect', 'ECONNREFUSED', '', 10_255);
    const [finding] = nodeFindings({ nodes: [facts], now: 0, warnDays: 0 } as never);
    const [pasted] = explain(
      'Get "http://10.0.0.5:10255/stats/summary": dial tcp 10.0.0.5:10255: connect: connection refused',
    );
    for (const text of [
      failure.details.map(formatDetail).join('\n'),
      finding?.remedy ?? '',
      pasted?.remedy ?? '',
    ])
      assert.match(text, /use port 10250 with a credential/);
    assert.equal(
      [finding?.cause, pasted?.cause],
      ['read-only-port-closed', 'read-only-port-closed'],
    );
    assert.equal(failure.hints, ['kubectl kubeletaccess curl PATH --node node-1']);
    assert.equal(pasted?.commands, ['kubectl kubeletaccess curl PATH --node NODE']);
    const [stopped] = explain('dial tcp 10.0.0.5:10250: connect: connection refused');
    assert.is(stopped?.cause, 'connection-refused');
  });

  for (const cause of causes)
    test(`report the same cause in the same words: ${cause}`, () => {
      for (const each of cases) if (each.cause === cause) check(each);
    });
});

function check({ title, cause, failure, facts }: Case): void {
  const { text } = formatError(failure, false);
  const lines = text.split('\n');
  const after = (label: string) =>
    lines.filter((line) => line.startsWith(label)).map((line) => line.slice(label.length));
  const [why = ''] = after('why: ');
  const [remedy = ''] = after('remedy: ');
  const hints = after('hint: ').map((hint) => hint.replace(/^on the node: /, ''));
  assert.ok(why !== '', `${title}: ${text}`);

  // An error code without a known cause is unknown to explain, too.
  const explained = explain(text).map((each) => [
    each.cause,
    each.message,
    each.remedy,
    // An error through the API server does not name the node.
    each.commands.map((command) => command.replace(/(?<=--node |^ssh )NODE/, 'node-1')),
  ]);
  const expected = cause === 'unknown' ? [] : [[cause, why, remedy, hints]];
  assert.equal(explained, expected, `${title}: ${text}`);

  if (cause === 'forbidden') return checkDenial(facts, remedy);
  const findings = nodeFindings({ nodes: [facts], now: 0, warnDays: 0 } as never);
  assert.equal(
    findings.map((each) => [each.cause, each.message, each.remedy, each.commands]),
    [
      [
        cause,
        `node-1: ${why}`,
        remedy,
        hints.filter((hint) => !/^(?:kubectl kubeletaccess status$|openssl s_client)/.test(hint)),
      ],
    ],
    title,
  );
}

/** Checks a denial, which is a finding about the caller, or about kube-apiserver on all nodes. */
function checkDenial(facts: NodeFacts, remedy: string): void {
  const { direct } = facts;
  if (direct.result !== 'failed' || !direct.denial) return;
  const caller = { user: direct.denial.user, groups: [] };
  const findings = callerFindings({ nodes: [facts], caller, path: 'direct' } as never);
  assert.equal(
    findings.map((each) => [each.cause, each.remedy]),
    [['caller-forbidden-by-kubelets', remedy]],
  );
  // Status has asked the API server who the caller is: its commands name the caller.
  for (const command of findings.flatMap((each) => each.commands))
    assert.match(command, /--(?:user=|subject user:)dev$/);
}
