import { pair } from '../given.ts';
import { bothNodes, type Scenario } from '../scenario.ts';

export const betweenScenarios: readonly Scenario[] = [
  {
    title: 'a web proxy answers with an error page: nothing is reported as forbidden by RBAC',
    cluster: { inBetween: 'html-403' },
    given: pair(),
    expected: {
      verdict: 'all nodes fail',
      nodes: bothNodes('ok', 'not a kubelet'),
      findings: [
        {
          cause: 'not a kubelet',
          nodes: ['node-1', 'node-2'],
          message: 'something other than the kubelet answered (such as a proxy or load balancer)',
          evidence: [
            /^something other than the kubelet of node-1 through the API server answered 403: <html>/,
          ],
        },
      ],
      saysNot: ['kubeletaccess grant', 'you lack'],
    },
  },
  {
    title: 'a web proxy fails with an error page',
    cluster: { inBetween: 'html-502' },
    given: pair(),
    expected: {
      verdict: 'all nodes fail',
      nodes: bothNodes('ok', 'not a kubelet'),
      findings: [
        {
          cause: 'not a kubelet',
          nodes: ['node-1', 'node-2'],
          message: 'something other than the kubelet answered (such as a proxy or load balancer)',
          evidence: ['answered 502: <html>'],
        },
      ],
      saysNot: ['forbidden', 'kubeletaccess grant'],
    },
  },
  {
    title: 'admission denies the connection: neither RBAC nor a kubelet denied it',
    cluster: { inBetween: 'admission' },
    given: pair(),
    expected: {
      verdict: 'unknown',
      nodes: bothNodes('ok', 'forbidden'),
      findings: [
        {
          cause: 'not a kubelet',
          message: 'an admission plugin, a webhook or a proxy',
          evidence: ['admission webhook "nodes.policy.example.com" denied the request'],
        },
      ],
      saysNot: ['kubeletaccess grant', 'you lack', 'about your permissions'],
    },
  },
  {
    title: 'another authorizer denies the caller: reported as the API server denying the caller',
    cluster: { inBetween: 'authorizer' },
    given: pair(),
    expected: {
      verdict: 'unknown',
      nodes: bothNodes('ok', 'forbidden'),
      findings: [
        {
          cause: 'caller forbidden',
          message:
            'the API server denies you (user "admin") its node proxy; this is about your permissions, not kube-apiserver\'s',
          evidence: ['policy "no-kubelets" denies it'],
          commands: ['kubectl auth can-i get nodes --subresource=proxy'],
        },
      ],
      saysNot: ['kubeletaccess grant'],
    },
  },
  {
    title: 'the API server has too many requests: neither a denial nor a failed node',
    cluster: { inBetween: 'overload' },
    given: pair(),
    expected: {
      verdict: 'all nodes fail',
      nodes: bothNodes('ok', 'server error'),
      findings: [
        {
          cause: 'server error',
          nodes: ['node-1', 'node-2'],
          message: 'too many requests (429)',
          evidence: ['the API server answered 429: Too many requests, please try again later.'],
        },
      ],
      saysNot: ['forbidden', 'kubeletaccess grant', 'something other'],
    },
  },
  {
    title: 'konnectivity has no agent on the nodes',
    cluster: { tunnelFailure: 'no-agent' },
    given: pair(),
    expected: {
      verdict: 'all nodes fail',
      nodes: bothNodes('ok', 'API server cannot reach node'),
      findings: [
        {
          cause: 'API server cannot reach node',
          nodes: ['node-1', 'node-2'],
          message: /konnectivity/,
          evidence: ['No agent available'],
          commands: [/konnectivity/],
        },
      ],
      saysNot: ['forbidden', 'kubeletaccess grant'],
    },
  },
  {
    title: 'the tunnel to the nodes is a proxy that cannot connect',
    cluster: { tunnelFailure: 'proxy-error' },
    given: pair(),
    expected: {
      verdict: 'all nodes fail',
      nodes: bothNodes('ok', 'API server cannot reach node'),
      findings: [
        {
          cause: 'API server cannot reach node',
          nodes: ['node-1', 'node-2'],
          message: 'proxy',
          evidence: ['proxy error from 127.0.0.1:8131'],
          commands: ['kubectl get nodes -o wide'],
        },
      ],
      saysNot: ['forbidden', 'kubeletaccess grant'],
    },
  },
  {
    title: 'a proxy that is down affects only the direct path',
    given: pair(),
    args: ['--kubelet-proxy-url', 'http://127.0.0.1:1'],
    expected: {
      nodes: bothNodes('proxy failed', 'ok'),
      findings: [
        {
          cause: 'proxy failed',
          severity: 'note',
          nodes: ['node-1', 'node-2'],
          message: 'direct access fails (proxy failed); this affects only you',
          evidence: ['127.0.0.1:1'],
        },
      ],
      saysNot: ['forbidden'],
    },
  },
  {
    title: 'a wrong --kubelet-port affects only the direct path',
    given: pair(),
    args: ['--kubelet-port', '1'],
    expected: {
      nodes: bothNodes('connection refused', 'ok'),
      findings: [
        {
          cause: 'connection refused',
          severity: 'note',
          nodes: ['node-1', 'node-2'],
          message: 'direct access fails (connection refused); this affects only you',
          evidence: ['127.0.0.1:1'],
        },
      ],
      says: [/node-1 .*127\.0\.0\.1:1 +connection refused +ok/],
    },
  },
];
