import * as assert from 'uvu/assert';
import { recognizeAgent, type SeenCaller } from '../../../src/kubelet/agents/recognize-agent.ts';
import { suite } from '../../kit/suite.ts';

/**
 * Callers from charts and manifests of August 2026. Each entry has the agent, the name or label that identifies it, and all that is known
 * of the caller.
 */
const recognized: readonly (readonly [agent: string, by: string, caller: SeenCaller])[] = [
  [
    'metrics-server',
    'label app.kubernetes.io/name=metrics-server',
    {
      serviceAccount: { namespace: 'kube-system', name: 'metrics-server' },
      role: 'system:metrics-server',
      labels: { 'app.kubernetes.io/name': 'metrics-server' },
      images: ['registry.k8s.io/metrics-server/metrics-server:v0.8.1'],
      args: ['--secure-port=10250', '--kubelet-use-node-status-port', '--metric-resolution=15s'],
    },
  ],
  ['metrics-server', 'role system:metrics-server', { role: 'system:metrics-server' }],
  [
    'metrics-server',
    'image metrics-server/metrics-server',
    {
      images: [
        'registry.local:5000/mirror/metrics-server/metrics-server:v0.8.1@sha256:89258156d0e9af60403eafd44da9676fd66f600c7934d468ccc17e42b199aee2',
      ],
    },
  ],
  [
    'kube-prometheus-stack',
    'service account *-kube-prom-prometheus',
    {
      serviceAccount: { namespace: 'monitoring', name: 'prometheus-stack-kube-prom-prometheus' },
      role: 'prometheus-stack-kube-prom-prometheus',
      labels: { 'app.kubernetes.io/name': 'prometheus' },
      images: ['quay.io/prometheus/prometheus:v3.14.0'],
    },
  ],
  [
    'OpenShift monitoring',
    'service account openshift-monitoring/prometheus-k8s',
    {
      serviceAccount: { namespace: 'openshift-monitoring', name: 'prometheus-k8s' },
      role: 'prometheus-k8s',
    },
  ],
  // The example of Prometheus' documentation, rbac-setup.yml.
  [
    'Prometheus',
    'service account default/prometheus',
    { serviceAccount: { namespace: 'default', name: 'prometheus' }, role: 'prometheus' },
  ],
  // SPIRE's quickstart, and Istio's sample after it.
  [
    'SPIRE agent',
    'label app=spire-agent',
    {
      serviceAccount: { namespace: 'spire', name: 'spire-agent' },
      role: 'spire-agent-cluster-role',
      labels: { app: 'spire-agent' },
      images: ['ghcr.io/spiffe/spire-agent:1.12.4'],
    },
  ],
  ['SPIRE agent', 'role spire-agent-cluster-role', { role: 'spire-agent-cluster-role' }],
  [
    'Elastic Agent',
    'label app=elastic-agent-standalone',
    {
      labels: { app: 'elastic-agent-standalone' },
      images: ['docker.elastic.co/beats/elastic-agent:8.17.0'],
    },
  ],
  [
    'Elastic Agent',
    'image beats/elastic-agent',
    {
      labels: { app: 'elastic-agent' },
      images: ['docker.elastic.co/beats/elastic-agent:8.17.0'],
    },
  ],
  [
    'Elastic Agent',
    'image elastic-agent/elastic-agent-slim',
    { images: ['docker.elastic.co/elastic-agent/elastic-agent-slim:9.1.0'] },
  ],
  [
    'Google Cloud Managed Service for Prometheus',
    'service account gke-gmp-system/collector',
    { serviceAccount: { namespace: 'gke-gmp-system', name: 'collector' } },
  ],
  // The release is called example.
  [
    'opentelemetry-kube-stack chart',
    'service account *-daemon-collector',
    {
      serviceAccount: { namespace: 'default', name: 'example-daemon-collector' },
      role: 'example-collector',
      labels: { 'app.kubernetes.io/managed-by': 'opentelemetry-operator' },
      images: ['otel/opentelemetry-collector-k8s:0.139.0'],
    },
  ],
  [
    'linkerd-viz',
    'service account linkerd-viz/prometheus',
    {
      serviceAccount: { namespace: 'linkerd-viz', name: 'prometheus' },
      role: 'linkerd-linkerd-viz-prometheus',
      labels: { component: 'prometheus' },
      images: ['prom/prometheus:v2.55.1'],
    },
  ],
  [
    'Prometheus',
    'image prometheus/prometheus',
    {
      serviceAccount: { namespace: 'monitoring', name: 'prometheus' },
      role: 'prometheus',
      images: ['quay.io/prometheus/prometheus:v3.14.0'],
    },
  ],
  [
    'Datadog Agent',
    'label agent.datadoghq.com/component=agent',
    {
      serviceAccount: { namespace: 'datadog', name: 'datadog' },
      role: 'datadog',
      labels: { app: 'datadog', 'agent.datadoghq.com/component': 'agent' },
      images: ['registry.datadoghq.com/agent:7.81.1'],
    },
  ],
  [
    'SigNoz k8s-infra',
    'label app.kubernetes.io/name=k8s-infra',
    {
      serviceAccount: { namespace: 'signoz', name: 'ki-k8s-infra-otel-agent' },
      role: 'ki-k8s-infra-otel-agent-signoz',
      labels: { 'app.kubernetes.io/name': 'k8s-infra' },
      images: ['docker.io/otel/opentelemetry-collector-contrib:0.139.0'],
    },
  ],
  ['SigNoz k8s-infra', 'role *-k8s-infra-otel-agent-*', { role: 'ki-k8s-infra-otel-agent-signoz' }],
  [
    'Elastic Agent',
    'role agent-perNode-*',
    {
      serviceAccount: { namespace: 'kube-system', name: 'default' },
      role: 'agent-perNode-ea-kube-system',
    },
  ],
  ['Telegraf', 'image library/telegraf', { images: ['telegraf:1.39-alpine'] }],
  [
    'Amazon CloudWatch Observability',
    'service account cloudwatch-agent',
    {
      serviceAccount: { namespace: 'amazon-cloudwatch', name: 'cloudwatch-agent' },
      role: 'cloudwatch-agent-role',
      labels: { 'k8s-app': 'fluent-bit' },
      images: ['public.ecr.aws/aws-observability/aws-for-fluent-bit:3.4.8'],
    },
  ],
  [
    'Sysdig shield',
    'label sysdig/component=host',
    {
      labels: { 'app.kubernetes.io/name': 'shield', 'sysdig/component': 'host' },
      images: ['quay.io/sysdig/agent-slim:14.7.4'],
    },
  ],
  [
    'Node Feature Discovery topology-updater',
    'command nfd-topology-updater',
    {
      labels: { 'app.kubernetes.io/name': 'node-feature-discovery' },
      images: ['registry.k8s.io/nfd/node-feature-discovery:v0.19.0'],
      args: ['nfd-topology-updater', '-podresources-socket=/host-var/lib/kubelet/kubelet.sock'],
    },
  ],
  ['vmagent', 'user agent vm_promscrape', { userAgent: 'vm_promscrape' }],
];

const foreign: readonly SeenCaller[] = [
  {},
  { serviceAccount: { namespace: 'default', name: 'default' }, role: 'cluster-admin' },
  { serviceAccount: { namespace: 'monitoring', name: 'prometheus' }, role: 'prometheus' },
  { serviceAccount: { namespace: 'apps', name: 'agent' } },
  { serviceAccount: { namespace: 'apps', name: 'node-agent' } },
  { role: 'prometheus-server' },
  { role: 'fluent-bit-role' },
  { role: 'my-metrics-server' },
  { role: 'datadog-cluster-agent' },
  { role: 'xdatadog' },
  { role: 'elastic-agent-operator' },
  { images: ['example.com/agent:1', 'grafana:1', 'notgrafana/alloy-operator:1'] },
  { images: ['registry.k8s.io/nfd/node-feature-discovery:v0.19.0'], args: ['nfd-worker'] },
  { labels: { app: 'agent', 'app.kubernetes.io/name': 'collector' } },
  { userAgent: 'Go-http-client/2.0' },
];

suite('recognition of agents', (test) => {
  for (const [name, by, caller] of recognized)
    test(`${name} is recognized by ${by}`, () => {
      const found = recognizeAgent(caller);
      assert.is(found?.agent.name, name);
      assert.is(`${found?.by} ${found?.identifier}`, by);
    });

  for (const caller of foreign)
    test(`no agent is recognized in ${JSON.stringify(caller)}`, () => {
      assert.is(recognizeAgent(caller)?.agent.name, undefined);
    });
});
