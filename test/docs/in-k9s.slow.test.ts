import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import * as assert from 'uvu/assert';
import { docs } from '../../scripts/docs.ts';
import { withBash } from '../kit/bash.ts';
import { concurrentSuite, suite } from '../kit/suite.ts';
import type { Result } from '../kit/tool.ts';
import { withSandbox } from '../kit/with-sandbox.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';

interface Plugin {
  readonly shortCut: string;
  readonly description: string;
  readonly scopes: readonly [view: View];
  readonly command: string;
  readonly args: readonly string[];
  readonly dangerous?: boolean;
}

type View = 'nodes' | 'pods' | 'containers';

const document = load(readFileSync(join(docs, 'k9s-plugins.yaml'), 'utf8')) as {
  readonly plugins: Readonly<Record<string, Plugin>>;
};
const { plugins } = document;
const page = readFileSync(join(docs, 'in-k9s.md'), 'utf8');

/** Returns the variables that k9s sets for the selected row of each view (`internal/view/helpers.go`, `container.go`). */
const variables = (kubeconfig: string, context: string) => {
  const all = { KUBECONFIG: kubeconfig, CONTEXT: context, CLUSTER: 'sandbox', USER: 'admin' };
  return {
    nodes: { ...all, NAMESPACE: '', NAME: 'node-2', 'COL-NAME': 'node-2' },
    pods: { ...all, NAMESPACE: 'default', NAME: 'web', 'COL-NODE': 'node-1' },
    containers: { ...all, NAMESPACE: 'default', POD: 'web', NAME: 'web' },
  } as const satisfies Record<View, Readonly<Record<string, string>>>;
};

/** Replaces `$NAME` and `${NAME}` as k9s does (`internal/view/env.go`). Unknown names stay unchanged. */
function substitute(text: string, known: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\$(?:!?([\w-]+)|\{!?([\w\-%/: ]+)\})/g, (whole, bare, braced) => {
    const name: string = bare ?? braced;
    return known[name.toUpperCase()] ?? whole;
  });
}

/** Runs a plugin as k9s does, with a pager that prints its input, and presses Enter at prompts. */
async function press(
  { command, args, scopes: [view] }: Plugin,
  sandbox: Sandbox,
  context: string,
  check: (folder: string) => void = () => {},
): Promise<Result> {
  return withBash(sandbox.kubeconfigs.admin, async (bash, folder) => {
    const less = join(folder, 'less');
    writeFileSync(less, '#!/bin/sh\nexec cat\n');
    chmodSync(less, 0o755);
    const known = variables(sandbox.kubeconfigs.admin, context)[view];
    const words = [command, ...args].map((word) => substitute(word, known));
    const line = words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
    // Plugins inherit the environment of k9s. Its KUBECONFIG may name another file than the kubeconfig that k9s uses.
    const result = await bash(`echo | ${line}`, { KUBECONFIG: join(folder, 'other') });
    check(folder);
    return result;
  });
}

const asks: Readonly<Record<string, RegExp>> = {
  'kubelet-status-of-node': /^GET \/(?:healthz|pods|stats)/,
  'kubelet-journal-of-node': /^GET \/logs\/\?query=kubelet&sinceTime=/,
  'kubelet-top-of-node': /^GET \/stats\/summary/,
  'kubelet-status-of-pod': /^GET \/exec\/default\/web\//,
  'kubelet-journal-of-pod': /^GET \/logs\/\?query=kubelet&sinceTime=/,
  'kubelet-top-of-pod': /^GET \/stats\/summary/,
  'kubelet-shell-in-pod': /^GET \/exec\/default\/web\/web\?.*&command=sh&command=-c/,
  'kubelet-shell-in-container': /^GET \/exec\/default\/web\/web\?.*&command=sh&command=-c/,
};

concurrentSuite('docs/k9s-plugins.yaml', (test) => {
  test('has a test for each plugin', () => {
    assert.equal(Object.keys(plugins), Object.keys(asks));
  });

  for (const [name, plugin] of Object.entries(plugins))
    test(`${name} calls only the kubelet of the selected row`, () =>
      withSandbox(async (sandbox, tool) => {
        await tool(['grant']);
        for (const { logs } of sandbox.kubelets)
          logs.journal.push({ atUs: Date.now() * 1000, unit: 'kubelet', message: 'started' });
        const before = sandbox.kubelets.map(({ requests }) => requests.length);
        const { code, stdout, stderr } = await press(plugin, sandbox, 'admin');
        assert.is(code, 0, stdout + stderr);
        assert.not.match(stdout + stderr, /^error:|\$[A-Z]/m);
        const [first, second] = sandbox.kubelets.map(({ requests }, at) =>
          // Ignores requests for /checkpoint/. status sends them to any node, to learn the user name of kube-apiserver.
          requests.slice(before[at]).filter((each) => !each.includes('/checkpoint/')),
        );
        const [asked = [], other] =
          plugin.scopes[0] === 'nodes' ? [second, first] : [first, second];
        const request = asks[name] as RegExp;
        assert.ok(
          asked.some((each) => request.test(each)),
          asked.join('\n'),
        );
        assert.equal(other, []);
        if (name.includes('journal')) assert.match(stdout, 'started');
      }));

  for (const [name, plugin] of Object.entries(plugins))
    test(`${name} shows an error for a context whose name has a command, and does not run the command`, () =>
      withSandbox(async (sandbox) => {
        const context = '"; touch hacked; $(touch hacked) `touch hacked` \'; touch hacked; #';
        const { stdout, stderr } = await press(plugin, sandbox, context, (folder) =>
          assert.not.ok(existsSync(join(folder, 'hacked'))),
        );
        assert.match(stdout + stderr, 'does not exist');
        if (plugin.dangerous) assert.match(stdout, /^Press Enter/m);
      }));
});

/** Keys that k9s 0.32.4 to 0.51.0 uses in these views: `internal/view/{app,browser,table,node,pod,container,*_extender}.go`. */
const taken = [...'ACFIJMNORSTVXZ'].map((key) => `Shift-${key}`);

suite('docs/k9s-plugins.yaml as k9s reads it', (test) => {
  // test/release/k9s.release.ts validates the file by the schemas of k9s.
  test('uses only fields that k9s 0.32.4 has, because the page names this version', () => {
    const known = [
      ...['shortCut', 'override', 'description', 'confirm', 'dangerous', 'scopes', 'command'],
      ...['background', 'args'],
    ];
    assert.equal(Object.keys(document), ['plugins']);
    for (const plugin of Object.values(plugins))
      assert.equal(
        Object.keys(plugin).filter((key) => !known.includes(key)),
        [],
      );
    for (const version of ['0.32.4', '0.51.0']) assert.match(page, version);
  });

  test('has unique shortcuts that k9s does not use', () => {
    const keys = Object.values(plugins).map(({ shortCut, scopes }) => `${scopes} ${shortCut}`);
    assert.is(new Set(keys).size, keys.length);
    for (const { shortCut } of Object.values(plugins)) {
      assert.match(shortCut, /^Shift-[A-Z]$/);
      assert.not.ok(taken.includes(shortCut), shortCut);
    }
  });

  test('marks plugins that run commands as dangerous', () => {
    for (const [name, { args, dangerous = false }] of Object.entries(plugins))
      assert.is(dangerous, args.includes('--allow-exec'), name);
  });

  test('has the shortcuts that the page lists', () => {
    const rows = Object.values(plugins).map(
      ({ shortCut, scopes: [view], args }) =>
        `${shortCut} ${view} ${args.slice(5, args[5] === 'top' ? 7 : 6).join(' ')}`,
    );
    const shown = [...page.matchAll(/^\| (Shift-[A-Z]) \| (\w+) \| .* \| `([^`]*)` \|$/gm)];
    assert.equal(shown.map(([, ...cells]) => cells.join(' ')).sort(), rows.sort());
  });
});
