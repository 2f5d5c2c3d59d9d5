import * as assert from 'uvu/assert';
import { parseThrottling } from '../../../src/kubelet/bodies/throttling.ts';
import { schemaErrors } from '../../kit/json-schema.ts';
import { withScriptedKubelets } from '../../kit/scripted-kubelet.ts';
import { suite } from '../../kit/suite.ts';
import { inVirtualTime } from '../../kit/virtual-time.ts';
import { decoded } from '../../kubelet/bodies/read-bodies.ts';
import { type Answers, cellsOf, withKubelets } from '../shared/rows/kubelets.ts';

inVirtualTime();

const ids = { limited: 'a'.repeat(64), free: 'b'.repeat(64), scope: 'c'.repeat(64) };
const cgroup = '/kubepods/pod27617a48-d440-4b47-b456-f2043a789463';

/** cAdvisor does not know the pod of the cgroup. Only its path has the ID of the container. */
const cadvisor = (periods: number, throttled: number) =>
  `container_cpu_cfs_periods_total{container="",id="${cgroup}",pod="web"} 900 1796288010444
container_cpu_cfs_periods_total{container="",id="${cgroup}/${ids.limited}",pod=""} ${periods} 1796288006611
container_cpu_cfs_throttled_periods_total{container="",id="${cgroup}/${ids.limited}",pod=""} ${throttled} 1796288006611
container_cpu_cfs_periods_total{id="/kubepods.slice/cri-containerd-${ids.scope}.scope"} 8
`;

const names = ['limited', 'free'] as const;
const answers: Answers = {
  '/stats/summary': {
    node: { nodeName: 'node-1' },
    pods: [
      {
        podRef: { namespace: 'shop', name: 'web', uid: 'u' },
        containers: names.map((name) => ({ name, cpu: { usageNanoCores: 100_000_000 } })),
      },
    ],
  },
  '/pods': {
    kind: 'PodList',
    items: [
      {
        metadata: { namespace: 'shop', name: 'web', uid: 'u' },
        spec: { containers: names.map((name) => ({ name })) },
        status: {
          containerStatuses: names.map((name) => ({
            ...{ name, containerID: `containerd://${ids[name]}`, state: { running: {} } },
          })),
        },
      },
    ],
  },
  '/metrics/cadvisor': cadvisor(310, 247),
};
const top = ['top', 'containers', '-A', '--node', 'node-1'];

suite('throttled CPU of containers', (test) => {
  test('is found by the IDs of containers in cgroupfs and systemd', () => {
    const found = decoded(parseThrottling(cadvisor(310, 247)));
    assert.equal(
      [...found],
      [
        [ids.limited, { periods: 310, throttled: 247 }],
        [ids.scope, { periods: 8, throttled: undefined }],
      ],
    );
  });

  test('is read only with -o wide or if rows are sorted by it', () =>
    withKubelets([answers], async (tool, asked) => {
      const wide = cellsOf((await tool([...top, '-o', 'wide', '--no-headers'])).stdout);
      assert.equal(
        wide.map((cells) => cells.includes('80%')),
        [true, false],
      );
      assert.ok(asked().includes('GET /metrics/cadvisor'));
      const read = asked().length;
      await tool(top);
      await tool([...top, '-o', 'json']);
      assert.not.ok(asked().slice(read).includes('GET /metrics/cadvisor'));
      const sorted = await tool([...top, '--sort-by', 'throttled', '--no-headers']);
      assert.ok(cellsOf(sorted.stdout)[0]?.includes('80%'), sorted.stdout);
      const { stdout } = await tool([...top, '--sort-by', 'throttled', '-o', 'json']);
      const list = JSON.parse(stdout);
      assert.equal(
        list.items.map((row: Record<string, unknown>) => [
          row['container'],
          row['cpuThrottledPercent'],
          row['cpuThrottledPeriods'],
          row['cpuPeriods'],
        ]),
        [
          ['limited', 79.68, 247, 310],
          ['free', undefined, undefined, undefined],
        ],
      );
      assert.equal(schemaErrors('docs/schemas/KubeletContainerStatsList.schema.json', list), []);
    }));

  test('is absent, with the reason, without /metrics/cadvisor', () =>
    withKubelets([{ ...answers, '/metrics/cadvisor': 403 }], async (tool) => {
      const { code, stdout, stderr } = await tool([...top, '-o', 'wide']);
      assert.is(code, 0);
      assert.not.match(stdout, 'THROTTLED');
      assert.match(stderr, /^note: without \/metrics\/cadvisor of node-1: /m);
    }));

  test('is that of the time since the previous reading with --watch', async () => {
    const readings = [cadvisor(310, 247), cadvisor(410, 252), cadvisor(410, 252), cadvisor(20, 5)];
    const stop = new AbortController();
    let count = 0;
    const seen: unknown[] = [];
    await withScriptedKubelets(
      [
        ({ url = '' }, response) => {
          if (url !== '/metrics/cadvisor') return response.end(JSON.stringify(answers[url]));
          const body = readings[count];
          count += 1;
          if (body === undefined) stop.abort();
          return response.end(body ?? '');
        },
      ],
      async ({ tool }) => {
        const args = [...top, '--sort-by', 'throttled', '-o', 'ndjson', '--watch=1ms'];
        const { stdout } = await tool(args, { signal: stop.signal });
        for (const line of stdout.trimEnd().split('\n')) {
          const { container, cpuThrottledPercent } = JSON.parse(line);
          if (container === 'limited') seen.push(cpuThrottledPercent);
        }
      },
    );
    assert.equal(seen, [79.68, 5, 25]);
  });
});
