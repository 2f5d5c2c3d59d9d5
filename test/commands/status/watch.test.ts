import * as assert from 'uvu/assert';
import { concurrentSuite } from '../../kit/suite.ts';
import { type Running, startTool } from '../../kit/tool.ts';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../sandbox/sandbox.ts';
import { empty, pair, pairUntil } from './given.ts';
import type { Given } from './scenario.ts';

interface Watching extends Omit<Running, 'result' | 'kill'> {
  readonly code: Promise<number>;
  says(words: string | RegExp): Promise<void>;
}

function start(sandbox: Sandbox, args: readonly string[]): Watching {
  const env = { KUBECONFIG: sandbox.kubeconfigs.admin };
  const { result, stdout, stderr, interrupt } = startTool(['status', ...args], { env });
  const holds = (words: string | RegExp) =>
    [stdout(), stderr()].some((text) =>
      typeof words === 'string' ? text.includes(words) : words.test(text),
    );
  return {
    ...{ stdout, stderr, interrupt },
    code: result.then(({ code }) => code),
    says: async (words) => {
      const limit = performance.now() + 100_000;
      while (!holds(words)) {
        if (performance.now() > limit)
          throw new Error(`it does not say ${words}:\n${stdout()}${stderr()}`);
        await pause(10);
      }
    },
  };
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function withWatch(
  {
    nodes,
    given = [],
  }: { readonly nodes?: SandboxOptions['nodes']; readonly given?: readonly Given[] },
  args: readonly string[],
  use: (watching: Watching, sandbox: Sandbox) => Promise<void>,
): Promise<void> {
  const cacheMs = { denied: 0, allowed: 0 };
  const sandbox = await startSandbox({ minor: 37, ...(nodes && { nodes }), cacheMs });
  for (const put of given) put(sandbox);
  const watching = start(sandbox, args);
  try {
    await use(watching, sandbox);
  } finally {
    watching.interrupt();
    await watching.code;
    // A test may have stopped the API server.
    await sandbox.stop().catch(() => {});
  }
}

// The time limits are longer than the defaults, because the machine may be busy.
const often = ['--watch=50ms', '--request-timeout=100s', '--timeout=700s'];

concurrentSuite('status --watch', (test) => {
  test('prints the report, then only changes, and exits with 130 on an interrupt', () =>
    withWatch({}, often, async (watching, sandbox) => {
      await watching.says('run: kubectl kubeletaccess grant\n');
      const asked = sandbox.apiServer.count('proxied');
      while (sandbox.apiServer.count('proxied') < asked + 20) await pause(10);
      const report = watching.stdout();
      assert.is(report.match(/^NODE /gm)?.length, 1);
      assert.not.match(report, /^\d\d:\d\d:\d\dZ /m);

      for (const put of pair()) put(sandbox);
      await watching.says(/verdict: .*-> ok\n/);
      const changes = watching.stdout().slice(report.length);
      assert.match(changes, /^\d\d:\d\d:\d\dZ verdict: access-missing -> ok\n/m);
      assert.match(
        changes,
        /^\d\d:\d\d:\d\dZ clusterrole\/system:kube-apiserver-to-kubelet: absent -> present\n/m,
      );
      assert.match(changes, /^\d\d:\d\d:\d\dZ node-1 via API server: forbidden -> ok\n/m);
      assert.not.match(changes, /direct/);
      assert.is(watching.stdout().match(/^NODE /gm)?.length, 1);

      empty(sandbox);
      await watching.says(/verdict: ok -> /);
      watching.interrupt();
      assert.equal([await watching.code, watching.stderr()], [130, '']);
    }));

  test('prints the expiry of a grant once', () =>
    withWatch({ nodes: ['none'] }, often, async (watching, sandbox) => {
      await watching.says(/^NODE /m);
      for (const put of pairUntil(-60_000)) put(sandbox);
      await watching.says('-> access-expired');
      const told = watching.stdout();
      const asked = sandbox.apiServer.count('proxied');
      while (sandbox.apiServer.count('proxied') < asked + 20) await pause(10);
      assert.not.match(watching.stdout().replace(told, ''), 'expired');
    }));

  test('prints each different error only once if the API server goes down, and continues', () =>
    withWatch({}, often, async (watching, sandbox) => {
      await watching.says(/^NODE /m);
      await sandbox.apiServer.stop();
      await watching.says('refused');
      await pause(500);
      // The request that was in progress may fail with another error than later requests.
      const lines = watching.stderr().trimEnd().split('\n');
      for (const line of lines) assert.match(line, /^\d\d:\d\d:\d\dZ cannot reach the API server /);
      const reasons = lines.map((line) => line.slice('00:00:00Z '.length));
      assert.equal(reasons, [...new Set(reasons)]);
      assert.match(reasons.at(-1) ?? '', 'refused');
      watching.interrupt();
      assert.is(await watching.code, 130);
    }));

  test('-o json prints a JSON document for each change', () =>
    withWatch({}, [...often, '-o', 'json'], async (watching, sandbox) => {
      await watching.says(/^ {4}"verdict": "access-missing"/m);
      for (const put of pair()) put(sandbox);
      await watching.says(/^ {4}"verdict": "ok"/m);
      watching.interrupt();
      await watching.code;
      const documents = watching.stdout().split(/(?<=^\}\n)/m);
      const timeless = documents.map((text) => text.replaceAll(/"ms": \d+/g, ''));
      assert.ok(documents.length >= 2);
      for (const [index, text] of timeless.entries()) {
        JSON.parse(documents[index] ?? '');
        assert.is.not(text, timeless[index - 1]);
      }
    }));

  test('exits with 1 for an invalid kubeconfig', () =>
    withWatch({}, [...often, '--context', 'nope'], async (watching) => {
      assert.is(await watching.code, 1);
      assert.match(watching.stderr(), 'error: context "nope" does not exist\n');
    }));
});

concurrentSuite('status after an interrupt', (test) => {
  test('prints the results so far, warns that they are incomplete, and exits with 130', () =>
    withWatch({ nodes: ['none', 'no-answer', 'stopped'] }, [], async (watching, sandbox) => {
      const isRelayed = (node: string) =>
        sandbox.apiServer.requests.some(({ line }) => line.includes(`/nodes/${node}/proxy/`));
      while (!(isRelayed('node-1') && isRelayed('node-2') && isRelayed('node-3'))) await pause(10);
      // Wait for the answers, which take longer on a busy machine.
      await pause(8000);
      watching.interrupt();
      assert.is(await watching.code, 130);
      const text = watching.stdout();
      assert.match(text, /^node-1 .* ok +forbidden\n/m);
      assert.match(text, /^node-2 .* not-asked +not-asked\n/m);
      assert.match(text, /^node-3 .* connection-refused +connection-refused\n/m);
      assert.match(text, '* warning: interrupted before all checks completed\n');
      assert.not.match(text, /node-2: /);
    }));

  test('-o json reports the interrupt as a finding', () =>
    withWatch({ nodes: ['none', 'no-answer'] }, ['-o', 'json'], async (watching, sandbox) => {
      while (!sandbox.kubelets[1]?.requests.length) await pause(10);
      watching.interrupt();
      assert.is(await watching.code, 130);
      const report = JSON.parse(watching.stdout()) as {
        verdict: string;
        findings: { cause: string }[];
      };
      assert.is(report.verdict, 'unknown');
      assert.ok(report.findings.some(({ cause }) => cause === 'interrupted'));
    }));
});
