import { bothNodes, type Scenario } from '../scenario.ts';

export const betweenScenarios: readonly Scenario[] = [
  {
    title: 'a web proxy answers 403 with an error page',
    cluster: { inBetween: 'html-403' },
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
    title: 'a web proxy answers 502 with an error page',
    cluster: { inBetween: 'html-502' },
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
    title: 'an admission webhook denies the request',
    cluster: { inBetween: 'admission' },
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
    title: 'an authorizer other than RBAC denies the caller',
    cluster: { inBetween: 'authorizer' },
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
    title: 'the API server answers 429 for too many requests',
    cluster: { inBetween: 'overload' },
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
    title: 'the proxy between the API server and the nodes cannot connect',
    cluster: { tunnelFailure: 'proxy-error' },
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
    title: 'the proxy of --kubelet-proxy-url is down',
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
    title: '--kubelet-port is wrong',
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
