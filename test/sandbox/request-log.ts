import type { IncomingMessage } from 'node:http';
import { klogTime } from './klog-time.ts';
import type { NodeLogs } from './node-logs.ts';

export interface LoggedCall {
  readonly method: string;
  readonly uri: string;
  readonly userAgent: string;
  readonly host: string;
  readonly status: number;
}

export function callOf(
  { method = '', url = '', headers, socket }: IncomingMessage,
  status: number,
): LoggedCall {
  const userAgent = headers['user-agent'] ?? '';
  return { method, uri: url, userAgent, host: socket.remoteAddress ?? '', status };
}

/** Adds a line to the journal, as a kubelet does from level 3 on. Source: kubernetes `apiserver/pkg/server/httplog`, and measurements. */
export function logCall({ journal }: NodeLogs, node: string, call: LoggedCall): void {
  const { method, uri, userAgent, host, status } = call;
  const now = new Date();
  const at = host.includes(':') ? `[${host}]` : host;
  journal.push({
    ...{ atUs: now.getTime() * 1000, unit: 'kubelet', hostname: node },
    message: `I${klogTime(now)}     812 httplog.go:134] "HTTP" verb="${method}" URI="${uri}" latency="1.2ms" userAgent="${userAgent}" audit-ID="" srcIP="${at}:40112" resp=${status}`,
  });
}

/** Makes the request counter of a kubelet from its log: by method and first segment of the path. */
export function requestCounters({ journal }: NodeLogs): string {
  const counts = new Map<string, number>();
  for (const { message } of journal) {
    const [, method, path = ''] = /"HTTP" verb="(\w+)" URI="\/([^"?]*)/.exec(message) ?? [];
    if (method === undefined) continue;
    const [first = '', second] = path.split('/');
    const root = first === 'metrics' && second ? `${first}/${second}` : first;
    const labels = `long_running="false",method="${method}",path="${root}",server_type="readwrite"`;
    counts.set(labels, (counts.get(labels) ?? 0) + 1);
  }
  const name = 'kubelet_http_requests_total';
  const lines = [...counts].map(([labels, count]) => `${name}{${labels}} ${count}\n`);
  return `# HELP ${name} Number of the http requests received since the server started\n# TYPE ${name} counter\n${lines.join('')}`;
}
