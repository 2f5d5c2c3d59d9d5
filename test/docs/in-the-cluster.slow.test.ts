import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadAll } from 'js-yaml';
import * as assert from 'uvu/assert';
import { docs } from '../../scripts/docs.ts';
import { dist } from '../../scripts/paths.ts';
import type { ClusterRole, PolicyRule } from '../../src/objects.ts';
import { withBash } from '../kit/bash.ts';
import { isShared } from '../kit/random.ts';
import { concurrentSuite } from '../kit/suite.ts';
import { type Result, runProcess } from '../kit/tool.ts';
import { allow, withSandbox } from '../kit/with-sandbox.ts';
import { listen } from '../sandbox/listen.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';

interface Container {
  readonly args: readonly [script: string];
}

interface CronJob {
  readonly spec: {
    readonly jobTemplate: {
      readonly spec: {
        readonly template: {
          readonly spec: {
            readonly initContainers: readonly [check: Container];
            readonly containers: readonly [push: Container];
          };
        };
      };
    };
  };
}

const page = readFileSync(join(docs, 'in-the-cluster.md'), 'utf8');
const documents = loadAll(readFileSync(join(docs, 'watch-kubelets.yaml'), 'utf8'));
const { rules } = documents[2] as ClusterRole;
const { initContainers, containers } = (documents[4] as CronJob).spec.jobTemplate.spec.template
  .spec;

interface Watched {
  /** The output of the init container. This container always exits with 0. */
  readonly log: string;
  readonly result: Result;
  readonly pushed: readonly { readonly path: string | undefined; readonly body: string }[];
}

/** Runs the script of the init container and then the script of the main container, with the permissions `given`. */
async function watch(
  sandbox: Sandbox,
  given: readonly PolicyRule[] = rules ?? [],
  { status = 200, pushes = true } = {},
): Promise<Watched> {
  allow(sandbox, 'dev', given);
  const pushed: { path: string | undefined; body: string }[] = [];
  const gateway = await listen(
    createServer((request, response) => {
      void text(request).then((body) => {
        pushed.push({ path: `${request.method} ${request.url}`, body });
        response.writeHead(status).end();
      });
    }),
    '127.0.0.1',
  );
  let watched: Watched | undefined;
  try {
    await withBash(sandbox.kubeconfigs.dev, async (bash, folder) => {
      // The scripts run in sh, because the image of the CronJob has no bash.
      const sh = (script: string, env: Readonly<Record<string, string>>) =>
        bash(`PATH="${dist}:$PATH" sh -c "$SCRIPT"`, { SCRIPT: script, ...env });
      const check = await sh(initContainers[0].args[0], {});
      assert.is(check.code, 0, check.stderr);
      const PUSHGATEWAY = pushes ? `http://127.0.0.1:${gateway.port}` : '';
      const result = await sh(containers[0].args[0], { PUSHGATEWAY });
      const file = await runProcess('cat', ['kubelets.prom'], { cwd: folder });
      for (const { body } of pushed) assert.is(body, file.stdout);
      watched = { log: check.stdout + check.stderr, result, pushed };
    });
  } finally {
    await gateway.stop();
  }
  return watched as Watched;
}

const codes = ({ result }: Watched) =>
  Object.fromEntries(
    [...result.stdout.matchAll(/^kubeletaccess_watch_exit_code\{check="(\w+)"\} (\d+)$/gm)].map(
      ([, name = '', code]) => [name, Number(code)],
    ),
  );

concurrentSuite('docs/watch-kubelets.yaml', (test) => {
  test('reports no finding for a healthy cluster, and pushes every metric of the page', () =>
    withSandbox({}, async (sandbox) => {
      const watched = await watch(sandbox);
      assert.equal(codes(watched), { certificates: 0, audit: 0, grants: 0 });
      assert.is(watched.result.code, 0, watched.log);
      const [{ path, body } = { path: '', body: '' }] = watched.pushed;
      assert.is(path, 'POST /metrics/job/watch-kubelets');
      assert.match(body, /^kubeletaccess_certificate_verified\{node="node-2"\} 1$/m);
      const names = [...page.matchAll(/^\| `(kubeletaccess_\w+)(?:\{(\w+)\})?` \|/gm)];
      assert.is(names.length, 3);
      for (const [, name = '', label] of names)
        assert.match(
          body,
          new RegExp(`^# TYPE ${name} gauge\\n${name}${label ? `\\{${label}=` : ' '}`, 'm'),
        );
    }));

  test('exits with 3 for certificates that fail verification, and lists incomplete checks', () =>
    withSandbox({ nodes: ['none', 'self-signed'] }, async (sandbox) => {
      const watched = await watch(sandbox);
      assert.equal(codes(watched), { certificates: 3, audit: 3, grants: 0 });
      assert.is(watched.result.code, 3, watched.log);
      assert.match(watched.log, /^warning: node-2: the serving certificate is self-signed/m);
      assert.match(watched.log, /^NOT CHECKED$/m);
    }));

  test('exits with 3 for unsafe settings and expired grants, and reports them', () =>
    withSandbox({ nodes: ['none', 'anonymous'] }, async (sandbox, tool) => {
      const subject = ['--profile', 'stats', '--subject', 'user:gone', '--for', '1s'];
      await tool(['grant', ...subject]);
      await sleep(1100);
      const watched = await watch(sandbox);
      assert.equal(codes(watched), { certificates: 0, audit: 3, grants: 3 });
      assert.is(watched.result.code, 3, watched.log);
      const [{ body } = { body: '' }] = watched.pushed;
      assert.match(body, /^kubeletaccess_grants_expired 1$/m);
      assert.match(body, /^kubeletaccess_audit_findings\{severity="(?:high|medium)"\} [1-9]$/m);
      assert.match(watched.log, /user:gone/);
      assert.match(watched.log, /node-2/);
    }));

  test('reports that kubelets before 1.33 cannot be audited without nodes/proxy', () =>
    withSandbox({ minor: 31 }, async (sandbox) => {
      const watched = await watch(sandbox);
      assert.equal(codes(watched), { certificates: 0, audit: 4, grants: 0 });
      assert.match(watched.log, /^NOT CHECKED$/m);
    }));

  test('needs each permission in its ClusterRole', () =>
    withSandbox({}, async (sandbox) => {
      const kept = sandbox.store.keep();
      let count = 0;
      for (const [index, rule] of (rules ?? []).entries())
        for (const resource of rule.resources ?? []) {
          count += 1;
          if (!isShared(count, 3)) continue;
          const fewer = (rules ?? []).map((each, other) =>
            other === index
              ? { ...each, resources: (each.resources ?? []).filter((name) => name !== resource) }
              : each,
          );
          // Without this permission, the exit code stays the same, but the metric for pending requests is missing.
          if (resource === 'certificatesigningrequests') {
            const { pushed } = await watch(sandbox, fewer);
            assert.not.match(pushed[0]?.body ?? '', 'certificate_request_pending');
          } else {
            const watched = await watch(sandbox, fewer);
            assert.is.not(watched.result.code, 0, resource);
          }
          kept();
        }
    }));

  test('fails if the Pushgateway rejects the metrics, and works without a Pushgateway', () =>
    withSandbox({}, async (sandbox) => {
      const refused = await watch(sandbox, rules, { status: 400 });
      assert.is(refused.result.code, 1);
      const quiet = await watch(sandbox, rules, { pushes: false });
      assert.equal([quiet.result.code, quiet.pushed], [0, []]);
      assert.equal(codes(quiet), { certificates: 0, audit: 0, grants: 0 });
    }));
});
