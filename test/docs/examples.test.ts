import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { catalog } from '../../src/run.ts';
import { withBash } from '../kit/bash.ts';
import { exampleAuditLog } from '../kit/example-audit-log.ts';
import { installMetricsServer } from '../kit/metrics-server.ts';
import { account, binding, put, role, rule } from '../kit/rbac.ts';
import { concurrentSuite } from '../kit/suite.ts';
import { withSandbox } from '../kit/with-sandbox.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import type { StoredObject } from '../sandbox/store.ts';

const error = 'error: unable to upgrade connection: Unauthorized\n';

const prometheus = account('prometheus', 'monitoring');
const scraping = [
  role('prometheus', [rule('nodes,nodes/proxy,nodes/metrics', 'get,list,watch')]),
  binding('prometheus', 'prometheus', [prometheus]),
  {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'prometheus-0', namespace: 'monitoring' },
    spec: {
      serviceAccountName: 'prometheus',
      nodeName: 'node-1',
      containers: [{ name: 'prometheus', image: 'quay.io/prometheus/prometheus:v3.5.0' }],
    },
  },
];

/** What the examples name: labels of nodes, logs, a pod and the role of an agent. */
function fill(sandbox: Sandbox): void {
  installMetricsServer(sandbox);
  const node = sandbox.store.get('nodes', 'node-1') as StoredObject;
  put(sandbox, { ...node, metadata: { ...node.metadata, labels: { pool: 'a' } } });
  for (const { logs } of sandbox.kubelets) {
    logs.journal.push({ atUs: Date.now() * 1000, unit: 'kubelet', message: 'started' });
    appendFileSync(join(logs.folder, 'syslog'), 'started\n');
  }
}

/** With the pod and the address that the sandbox has; what does not end gets Ctrl-C once it has printed something. */
function playable(line: string, { kubelets }: Sandbox): string {
  const command = line
    .replace('kube-system/coredns-x7k2p -c coredns', 'default/web -c web')
    // Its container has not been restarted.
    .replace('logs default/web -p', 'logs default/web')
    .replace('10.0.0.5', `127.0.0.1:${kubelets[0]?.port}`)
    .replace('kubectl logs web 2>&1 |', '(kubectl logs web || true) 2>&1 |')
    // Local ports may be in use here.
    .replace(/( port-forward \S+) (?:\d+:)?(\d+)/, '$1 :$2');
  if (!isEndless(line)) return command;
  return `${command} > out 2>&1 & until grep -q 'started\\|hello\\|Forwarding\\|no containers' out; do sleep 0.05; done
    kill -INT $!; code=0; wait $! || code=$?; cat out; test $code = 130`;
}

const isEndless = (line: string) => /logs .* -f\b| --watch=| port-forward /.test(line);

const examples = (await catalog.all())
  // Its tests install it, in real shells.
  .filter(({ name }) => name !== 'completion')
  .flatMap((command) => command.examples.map(([, line]) => ({ name: command.name, line })));

const metricsServer = 'serviceaccount:kube-system:metrics-server';

// Kubelets forget at once what they denied before a grant.
const cacheMs = { denied: 1, allowed: 1 };

concurrentSuite('the examples of help', (test) => {
  for (const { name, line } of examples)
    test(`work: ${line}`, () =>
      withSandbox({ cacheMs }, async (sandbox, tool) => {
        fill(sandbox);
        if (name === 'narrow') put(sandbox, ...scraping);
        if (name !== 'grant') await tool(['grant']);
        if (line.includes('metrics-server'))
          await tool(['grant', '--profile', 'metrics', '--subject', metricsServer]);
        if (line.includes('user:jane') && name === 'status')
          await tool(['grant', '--profile', 'stats', '--subject', 'user:jane']);
        await withBash(sandbox.kubeconfigs.admin, async (bash, folder) => {
          writeFileSync(join(folder, 'kubelet.log'), error);
          writeFileSync(
            join(folder, 'chart.yaml'),
            scraping.map((each) => JSON.stringify(each)).join('\n---\n'),
          );
          writeFileSync(join(folder, 'audit.log'), exampleAuditLog());
          const { code, stdout, stderr } = await bash(playable(line, sandbox));
          assert.is(code, 0, stdout + stderr);
          if (/logs .* -f\b/.test(line))
            assert.match(stdout, / logs /.test(line) ? 'hello' : 'started');
          if (line.includes(' port-forward ')) assert.match(stdout, 'Forwarding from 127.0.0.1:');
        });
      }));
});
