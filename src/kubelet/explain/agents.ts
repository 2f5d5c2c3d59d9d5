/** A program that calls kubelets directly, and nobody else in such a line of its log. */
export interface Agent {
  readonly name: string;
  /** Lines of its log. */
  readonly log: RegExp;
  /** What it asks a kubelet for where the line does not tell. */
  readonly path: (text: string) => string;
  /** The usual service account. */
  readonly subject?: string;
}

const summary = () => '/stats/summary';

/** The one list of them: another agent is another entry. */
export const agents: readonly Agent[] = [
  {
    name: 'metrics-server',
    log: /Failed to scrape node|unable to (?:fully (?:scrape|collect)|fetch) metrics|getting metrics summary from Kubelet/,
    // Up to 0.4 with a dash, and of /stats/summary.
    path: (text) => (text.includes('request failed - ') ? '/stats/summary' : '/metrics/resource'),
    subject: 'serviceaccount:kube-system:metrics-server',
  },
  {
    name: 'the Datadog agent',
    log: /\bcheck:kubelet\b|\bcheck kubelet: \[|\(kubelet\.py:\d{1,5}\)|\bkubeutil\b|\bkubelet check https?:|impossible to reach Kubelet with host|detect the kubelet URL|connect to kubelet using any of the given hosts|pod list from the kubelet/,
    path: summary,
  },
  {
    name: "OpenTelemetry's kubeletstats receiver",
    log: /kubeletstats|\bkubelet request GET /i,
    path: summary,
  },
  {
    name: 'the Elastic agent',
    log: /metricset kubernetes\.(?:node|pod|container|system|volume)\b|fetch '(?:node|pod|container|system|volume)' Metricset/,
    path: summary,
  },
  { name: 'Telegraf', log: /\[inputs\.kubernetes\]/, path: summary },
  {
    name: 'fluent-bit',
    log: /\bkubelet upstream connection error|request to Kubelet for pods/,
    path: () => '/pods',
  },
  {
    name: 'the New Relic agent',
    log: /retrieving kubelet data|kubelet data was not populated|connecting to kubelet using the connector|no connection succeeded through localhost|Error get+ing (?:url|path) /,
    path: summary,
  },
  {
    name: 'heapster',
    log: /scraping containers from kubelet:|from Kubelet URL "|\bKubelet request failed - "/,
    path: () => '/stats/container',
  },
];

export function agentOf(text: string): Agent | undefined {
  return agents.find(({ log }) => log.test(text));
}
