import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import type { WebSocket } from 'ws';
import { executable } from '../../scripts/paths.ts';
import { runMeasured } from '../kit/peak-bytes.ts';
import { shareOf, sweeps } from '../kit/random.ts';
import { type Script, withScriptedKubelet, withScriptedKubelets } from '../kit/scripted-kubelet.ts';
import { suite } from '../kit/suite.ts';
import { withFiles } from '../kit/temporary.ts';
import { withSandbox } from '../kit/with-sandbox.ts';
import { startConfiguredKubelet } from '../sandbox/configured-kubelet.ts';
import { type Sandbox, startSandbox } from '../sandbox/sandbox.ts';
import { exit, send } from '../sandbox/streams.ts';

const measuredSuite: typeof suite = (...all) => {
  if (existsSync('/proc/self/status')) suite(...all);
};

/** Runs a command line of the program, and asserts that it takes less than `most` bytes of memory. */
async function runBelow(
  most: number,
  line: string,
  { kubeconfigs }: { readonly kubeconfigs: Pick<Sandbox['kubeconfigs'], 'admin'> },
) {
  const env = { KUBECONFIG: kubeconfigs.admin };
  const { peak, ...result } = await runMeasured('sh', ['-c', `exec "${executable}" ${line}`], env);
  assert.ok(peak < most, `it took ${peak} bytes`);
  return result;
}

measuredSuite(
  'an audit of a kubelet with 60,000 settings that other kubelets do not have',
  (test) => {
    const formats = ['table', 'json', 'yaml', 'markdown'];
    for (const format of shareOf(formats, 4))
      test(`stays below 250 MB: -o ${format}`, async () => {
        const sandbox = await startSandbox({ minor: 37, nodes: [] });
        const settings = Object.fromEntries(
          Array.from({ length: 60_000 }, (_, index) => [`Key${index}`, index % 2 === 0]),
        );
        const configurations = [{ featureGates: settings }, {}, {}];
        const kubelets = await Promise.all(
          configurations.map((configuration, index) =>
            startConfiguredKubelet(sandbox, { name: `node-${index + 1}`, configuration }),
          ),
        );
        try {
          const { stdout } = await runBelow(250e6, `audit -o ${format}`, sandbox);
          assert.ok(stdout.length > (format === 'table' ? 500 : 4e6), `${stdout.length}`);
        } finally {
          await Promise.all(kubelets.map((kubelet) => kubelet.stop()));
          await sandbox.stop();
        }
      });
  },
);

const endless =
  (status: number, start: string, part: string): Script =>
  (_, response) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    const chunk = Buffer.from(part.repeat(Math.ceil(100_000 / part.length)));
    const more = () => {
      while (response.write(chunk));
    };
    response.on('drain', more);
    response.write(start);
    more();
  };

/** Sends a body with 10 million empty items, because small values take the most memory. */
const tiny: Script = (_, response) => {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(`{"kind":"PodList","pods":[],"items":[${'{},'.repeat(10_000_000)}{}]}`);
};

/** Returns a script that responds to any request with one long field, almost as large as the program accepts. */
const text =
  (start: string): Script =>
  (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    const fields = '{"kind":"PodList","node":{"nodeName":"node-1"},"items":[],"pods":[]';
    response.end(`${fields},"x":"${start}${'x'.repeat(31 * 1024 * 1024)}"}`);
  };

measuredSuite('a file that is not a kubeconfig', (test) => {
  const contents = [
    ['NULs', ''],
    ['one line', 'a: ['],
  ] as const;
  for (const [title, start] of shareOf(contents, 2))
    test(`takes no more than 300 MB: 50 MB of ${title}`, () =>
      withFiles({ config: Buffer.alloc(50e6, start && 'b') }, async (folder) => {
        const config = join(folder, 'config');
        writeFileSync(config, start, { flag: 'r+' });
        const { stdout } = await runBelow(300e6, 'status 2>&1', { kubeconfigs: { admin: config } });
        assert.match(stdout, 'not valid YAML: line 1: ');
      }));
});

measuredSuite('a kubelet that sends too much', (test) => {
  const bodies = [
    ['small values', tiny, 'get pods', 'more than 1000000 values'],
    ['small values', tiny, 'top pods', 'more than 1000000 values'],
    ['small values', tiny, 'get configz', ''],
    ['two long texts', text(''), 'top pods', 'sent more than 32 MiB in all'],
    ['a wide text', text('\u0101'), 'top pods', 'more than 32 MiB in memory'],
    ['a list without end', endless(200, '[', '{},'), 'get pods', 'more than 32 MiB'],
    ['a failure without end', endless(500, '', 'x'), 'get pods', 'with 500: xxx'],
  ] as const;
  for (const [title, script, line, words] of shareOf(bodies, 4))
    test(`takes no more than 200 MB: ${title}, ${line}`, () =>
      withScriptedKubelet(script, async ({ sandbox }) => {
        const { stdout } = await runBelow(200e6, `${line} --node node-1 2>&1`, sandbox);
        assert.match(stdout, words);
      }));

  test('takes no more than 200 MB for an endless error of a command', () =>
    withScriptedKubelet(
      (request, response, count) => {
        if (request.url?.startsWith('/run/'))
          endless(500, "command 'sh' exited with 3: ", 'x')(request, response, count);
        else response.end('{}');
      },
      async ({ sandbox }) => {
        sandbox.store.put('pods', {
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: { name: 'own', namespace: 'default' },
          spec: { nodeName: 'node-1', containers: [{ name: 'own' }] },
        } as never);
        const line = 'exec own --no-upgrade --allow-exec -- sh 2>/dev/null';
        assert.is((await runBelow(200e6, line, sandbox)).code, 3);
      },
    ));

  test('is abandoned at --timeout, however fast it sends', () =>
    withScriptedKubelet(endless(200, '', 'x'), async ({ sandbox }) => {
      const line = 'curl /logs/x --node node-1 --timeout 1s 2>&1 >/dev/null';
      const { code, stdout } = await runBelow(200e6, line, sandbox);
      assert.is(code, 1);
      assert.match(stdout, 'its answer did not end within 1 s');
    }));
});

measuredSuite('a kubelet that sends its response one byte at a time', (test) => {
  test('takes no more than 200 MB', () =>
    withSandbox(async (sandbox) => {
      const messages = sweeps ? 1_000_000 : 200_000;
      Object.assign(sandbox.kubelets[0]?.streams ?? {}, {
        end: (socket: WebSocket) => {
          for (let count = 0; count < messages; count += 1) send(socket, 'stdout', 'x');
          exit(socket, 5);
        },
      });
      const { code, stdout } = await runBelow(200e6, 'exec web --allow-exec -- cat', sandbox);
      assert.equal([code, stdout.length], [5, messages]);
    }));
});

/** Returns a script that sends metrics with this number of series. Each series is as long as a series of cAdvisor. */
function metricsOf(series: number): Script {
  const lines = Array.from(
    { length: series },
    (_, index) =>
      `container_memory_rss{container="c${index}",namespace="n${index % 50}",pod="pod-${index}-abcdefgh",id="/kubepods/${index}",image="registry.k8s.io/pause:3.9"} ${index}\n`,
  );
  const body = lines.join('');
  return (_, response) => {
    response.writeHead(200, { 'content-type': 'text/plain' });
    response.end(body);
  };
}

measuredSuite('metrics with more series than any real kubelet has', (test) => {
  const tooMany = 'sent more series than 50 MB of memory hold: select some by --filter\n';
  const all = [
    ['--by series', [200_000], tooMany],
    ['--by series', [140_000], '1 of 1 node answered\n'],
    ['--count', [200_000], tooMany],
    ['--by series', [108_000, 108_000], 'the nodes have more series than 64 MB of memory hold\n'],
  ] as const;
  // Only the sweep runs all cases, because each case takes some seconds.
  for (const [args, kubelets, words] of sweeps ? all : all.slice(0, 1))
    test(`takes no more than 300 MB: ${kubelets.join(' and ')} series, ${args}`, () =>
      withScriptedKubelets(kubelets.map(metricsOf), async ({ sandbox }) => {
        const { stdout } = await runBelow(300e6, `metrics ${args} 2>&1`, sandbox);
        assert.ok(stdout.includes(words), stdout.slice(-500));
      }));
});
