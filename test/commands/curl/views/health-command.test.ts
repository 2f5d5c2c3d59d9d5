import * as assert from 'uvu/assert';
import { schemaErrors } from '../../../kit/json-schema.ts';
import { type Script, type Scripted, withScriptedKubelets } from '../../../kit/scripted-kubelet.ts';
import { suite } from '../../../kit/suite.ts';
import { withSandbox } from '../../../kit/with-sandbox.ts';

const failing = `[+]ping ok
[-]log failed: reason withheld
[+]syncloop ok
healthz check failed
`;

/** Answers of one kubelet, by path: a text, or a status and a text. */
const answering =
  (answers: Readonly<Record<string, string | readonly [status: number, text: string]>>): Script =>
  ({ url = '' }, response) => {
    const [status, text] = [answers[url] ?? [404, '404 page not found\n']].flatMap((answer) =>
      typeof answer === 'string' ? [200, answer] : answer,
    );
    response.writeHead(Number(status)).end(String(text));
  };

const healthy = answering({ '/healthz?verbose': '[+]ping ok\n[+]log ok\nhealthz check passed\n' });
const unhealthy = answering({
  '/healthz?verbose': [500, failing],
  '/healthz/log': [500, 'internal server error: no\u001b[31m space\n'],
});
const node = ['--node', 'node-1'];
const lines = ({ requests }: Scripted) => requests.map(({ line }) => line);

suite('curl healthz?verbose', (test) => {
  test('is a table, for which ?verbose is sent', () =>
    withScriptedKubelets([healthy], async (scripted) => {
      const { curl } = scripted;
      for (const path of ['healthz', '/healthz', 'healthz?verbose']) {
        const { code, stdout, stderr } = await curl([path, ...node, '-o', 'table']);
        assert.equal([code, stderr], [0, '']);
        assert.is(
          stdout,
          `NODE     CHECK   STATUS   REASON
node-1   ping    ok       -
node-1   log     ok       -
`,
        );
      }
      assert.equal(lines(scripted), Array(3).fill('GET /healthz?verbose'));
    }));

  test('keeps the query of the request', () =>
    withScriptedKubelets(
      [answering({ '/healthz?exclude=log&verbose': '[+]ping ok\n[+]log excluded: ok\n' })],
      async ({ curl }) => {
        const args = ['healthz?exclude=log', ...node, '-o', 'json'];
        const { stdout } = await curl(['/healthz?exclude=log', ...node, '-o', 'table']);
        assert.match(stdout, /^node-1 +log +excluded +-$/m);
        // Without verbose, the short name asks for the response.
        const { kind } = JSON.parse((await curl(args)).stdout) as { kind: string };
        assert.is(kind, 'KubeletResponseList');
      },
    ));

  test('shows the checks of a kubelet that fails some, with reasons, and exits 1', () =>
    withScriptedKubelets([unhealthy], async (scripted) => {
      const { curl } = scripted;
      const result = await curl(['healthz?verbose', ...node, '-o', 'table']);
      assert.is(result.code, 1);
      assert.is(
        result.stdout,
        `NODE     CHECK      STATUS   REASON
node-1   ping       ok       -
node-1   log        failed   no\\x1b[31m space
node-1   syncloop   ok       -
`,
      );
      assert.match(
        result.stderr,
        /^error: the kubelet of node-1 at \S+ fails the health check log\nhint: .*journalctl -u kubelet\n$/,
      );
      assert.equal(lines(scripted), ['GET /healthz?verbose', 'GET /healthz/log']);
    }));

  test('has the checks of all nodes, and says which fail', () =>
    withScriptedKubelets([unhealthy, healthy], async ({ curl }) => {
      const result = await curl(['healthz?verbose', '--all', '-o', 'json']);
      assert.is(result.code, 4);
      assert.match(result.stderr, /^1 of 2 nodes answered; 1 failed$/m);
      assert.match(result.stderr, /fails the health check log$/m);
      const list = JSON.parse(result.stdout);
      assert.equal(schemaErrors('docs/KubeletHealthCheckList.schema.json', list), []);
      assert.equal(
        list.items.map((row: { check: string; result: string }) => `${row.check} ${row.result}`),
        ['ping ok', 'log failed', 'syncloop ok', 'ping ok', 'log ok'],
      );
      const metrics = (await curl(['healthz', '--all', '-o', 'prometheus'])).stdout;
      assert.match(
        metrics,
        /^kubeletaccess_kubelet_health_check_passes\{node="node-1",check="log"\} 0$/m,
      );
    }));

  test('has no reason where a kubelet does not tell it', () =>
    withScriptedKubelets(
      [
        answering({ '/healthz?verbose': [500, failing], '/healthz/log': 'ok' }),
        answering({ '/healthz?verbose': [500, '[-]../stats failed: reason withheld\n'] }),
      ],
      async (scripted) => {
        const { curl } = scripted;
        const { code, stdout } = await curl(['healthz?verbose', '--all', '-o', 'csv']);
        assert.is(code, 1);
        assert.is(stdout.match(/reason withheld/g)?.length, 2);
        // The name of a check is part of no other path.
        assert.not.match(lines(scripted).join('\n'), 'stats');
      },
    ));

  test('has no table of an error of another kind', () =>
    withScriptedKubelets(
      [answering({ '/healthz?verbose': [500, 'Authorization error (user=a)'] })],
      async ({ curl }) => {
        const { code, stdout, stderr } = await curl(['healthz?verbose', ...node, '-o', 'table']);
        assert.equal([code, stdout], [1, '']);
        assert.match(stderr, /answered GET \/healthz\?verbose with 500: Authorization error/);
      },
    ));

  test('is sent again as --retry says', () => {
    let count = 0;
    return withScriptedKubelets(
      [
        (request, response) => {
          count += 1;
          (count === 1 ? unhealthy : healthy)(request, response, count);
        },
      ],
      async ({ curl }) => {
        const { code, stdout } = await curl([
          'healthz?verbose',
          ...node,
          '-o',
          'csv',
          '--retry',
          '1',
        ]);
        assert.is(code, 0);
        assert.not.match(stdout, 'failed');
      },
    );
  });

  test('has the row of one check', () =>
    withScriptedKubelets(
      [answering({ '/healthz/ping': 'ok', '/healthz/log': [500, 'internal server error: full'] })],
      async ({ curl }) => {
        const ping = await curl(['/healthz/ping', ...node, '-o', 'table', '--no-headers']);
        assert.equal([ping.code, ping.stdout], [0, 'node-1   ping   ok   -\n']);
        const log = await curl(['/healthz/log', ...node, '-o', 'table', '--no-headers']);
        assert.equal([log.code, log.stdout], [1, 'node-1   log   failed   full\n']);
        assert.match(log.stderr, /fails the health check log$/m);
      },
    ));

  test('is the response itself with a path, or without verbose', () =>
    withSandbox(async (_, tool) => {
      for (const [path, expected] of [
        ['healthz', 'ok'],
        ['/healthz?verbose', '[+]ping ok\n[+]log ok\n'],
      ] as const) {
        const { stdout } = await tool(['curl', path, ...node]);
        assert.ok(stdout.startsWith(expected), stdout);
      }
    }));
});

suite('curl statusz and flagz', (test) => {
  test('are rows, for which versioned JSON is asked', () =>
    withSandbox(async (_, tool) => {
      const status = await tool(['curl', 'statusz', ...node, '-o', 'table']);
      assert.is(
        status.stdout,
        `NODE     VERSION   EMULATES   GO         UPTIME   STARTED
node-1   1.37.2    1.37       go1.26.8   2d5h     2026-01-01T00:00:00Z
`,
      );
      for (const [path, list] of [
        ['statusz', 'KubeletStatusList'],
        ['flagz', 'KubeletFlagList'],
      ] as const) {
        const { stdout } = await tool(['curl', path, ...node, '-o', 'json']);
        assert.equal(schemaErrors(`docs/${list}.schema.json`, JSON.parse(stdout)), []);
        const text = await tool(['curl', path, ...node, '-o', 'json', '-H', 'Accept: text/plain']);
        assert.is(text.stdout, stdout);
      }
    }));

  test('show the flags that differ', () =>
    withSandbox({ nodes: ['none', 'none'] }, async (_, tool) => {
      const { stdout } = await tool(['curl', 'flagz', '--all', '--diff']);
      assert.is(
        stdout,
        `FLAG                VALUE    NODES   NAMES
hostname-override   node-1   1       node-1
hostname-override   node-2   1       node-2
v                   2        1       node-1
v                   4        1       node-2
`,
      );
      const { stdout: json } = await tool(['curl', 'flagz', '--all', '--diff', '-o', 'json']);
      assert.equal(
        schemaErrors('docs/KubeletFlagDifferenceList.schema.json', JSON.parse(json)),
        [],
      );
    }));

  test('are not on a kubelet that does not serve them', () =>
    withSandbox({ minor: 31 }, async (_, tool) => {
      for (const path of ['statusz', 'flagz']) {
        const { code, stdout, stderr } = await tool(['curl', path, ...node, '-o', 'table']);
        assert.equal([code, stdout], [1, '']);
        assert.match(stderr, `answered GET /${path} with 404: 404 page not found`);
      }
    }));
});
