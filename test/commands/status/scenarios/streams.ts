import type { ExpectedFinding, Scenario } from '../scenario.ts';

const noContainer: ExpectedFinding = {
  ...{ cause: 'not-checked', severity: 'note', nodes: ['node-2'] },
  message: 'no running container to ask for',
};

/** Scenarios with --streams; test/commands/status/streams.test.ts tests each hop. */
export const streamScenarios: readonly Scenario[] = [
  {
    title:
      '--streams, with a container runtime that does not listen for streams, and another that may lack TLS',
    minors: [37],
    cluster: { nodes: ['no-streaming-server', 'docker'] },
    args: ['--streams'],
    expected: {
      verdict: 'streams-broken',
      findings: [
        {
          cause: 'streaming-server-unreachable',
          nodes: ['node-1'],
          message: 'the kubelet cannot connect to the streaming server of the container runtime',
          evidence: ['dial tcp 127.0.0.1:41519: connect: connection refused'],
          commands: ['kubectl get nodes -o wide', 'journalctl -u kubelet --since -10min'],
        },
        {
          cause: 'runtime-without-tls',
          severity: 'warning',
          nodes: ['node-2'],
          message: 'exec may fail, which is not checked',
          evidence: ['container runtime docker://29.4.1'],
        },
        noContainer,
      ],
    },
  },
  {
    title:
      '--streams, with a proxy that removes the Upgrade header from requests to the API server',
    cluster: { inBetween: 'no-upgrade' },
    args: ['--streams'],
    expected: {
      verdict: 'streams-broken',
      findings: [
        {
          cause: 'upgrade-dropped',
          nodes: ['node-1', 'node-2'],
          message: 'a proxy or load balancer removed the Upgrade header',
          evidence: ['Upgrade request required', 'answered 200 to a request for an upgrade'],
        },
        noContainer,
      ],
      says: ['let the proxy or load balancer pass the Upgrade and Connection headers'],
    },
  },
];
