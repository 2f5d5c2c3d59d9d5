import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import { suite } from '../../kit/suite.ts';
import { checkFailure, startTool } from '../../kit/tool.ts';
import { withSandbox } from '../../kit/with-sandbox.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { exit, type StreamEnd } from '../../sandbox/streams.ts';

interface NodeObject {
  readonly status: { readonly nodeInfo: object };
}

const exec = (...more: readonly string[]) => [
  ...['exec', '-i', 'web', '--allow-exec', ...more, '--', 'cat'],
];

/** Runs with a terminal as input, and records when it enters and leaves raw mode. */
function runOnTerminal({ kubeconfigs }: Sandbox, args: readonly string[]) {
  const raw: boolean[] = [];
  const stdin = new PassThrough();
  Object.assign(stdin, { isTTY: true, setRawMode: (on: boolean) => raw.push(on) });
  return { raw, ...startTool(args, { env: { KUBECONFIG: kubeconfigs.admin }, stdin }) };
}

suite('input of exec', (test) => {
  test('is read key by key as soon as the connection is open, and not before', async () => {
    await withSandbox({ nodes: ['no-answer'] }, async (sandbox) => {
      const { raw, result, interrupt } = runOnTerminal(sandbox, exec('-t'));
      while (sandbox.kubelets[0]?.requests.length === 0) await sleep(5);
      interrupt();
      assert.equal([(await result).code, raw], [130, []]);
    });
    await withSandbox(async (sandbox) => {
      const end: StreamEnd = (socket) => setTimeout(() => exit(socket, 4), 50);
      Object.assign(sandbox.kubelets[0]?.streams ?? {}, { end });
      const { raw, result } = runOnTerminal(sandbox, exec('-t'));
      assert.equal([(await result).code, raw], [4, [true, false]]);
    });
  });

  for (const [title, more, wanted] of [
    ['ends in the container', [], [[255, 0]]],
    ['does not end in the container with --leave-stdin-open', ['--leave-stdin-open'], []],
  ] as const)
    test(title, () =>
      withSandbox(async ({ kubelets }, tool) => {
        const seen: number[][] = [];
        const end: StreamEnd = (socket) => {
          socket.on('message', (data: Buffer) => {
            if (data[0] === 255) seen.push([...data]);
          });
          setTimeout(() => exit(socket, 0), 300);
        };
        Object.assign(kubelets[0]?.streams ?? {}, { end });
        const { code } = await tool(exec(...more), 'admin', { stdin: 'x' });
        assert.equal([code, seen], [0, wanted]);
      }),
    );

  test('whose end cannot be sent leads to no hint about the API server with --kubelet-address', () =>
    withSandbox({ minor: 31 }, async ({ kubelets }, tool) => {
      checkFailure(
        await tool(exec('--kubelet-address', `127.0.0.1:${kubelets[0]?.port}`)),
        /does not speak v5.*\nwhy: .*\nhint: .*--leave-stdin-open\n$/,
      );
    }));

  test('leads to no hint about an old kubelet if the kubelet is new', () =>
    withSandbox({ minor: 31 }, async ({ store }, tool) => {
      const node = store.get('nodes', 'node-1') as unknown as NodeObject;
      Object.assign(node.status.nodeInfo, { kubeletVersion: 'v1.37.0' });
      checkFailure(
        await tool(exec()),
        /^error: .* answered GET \/exec\/default\/web with 403: \(empty\)\n/,
      );
    }));
});
