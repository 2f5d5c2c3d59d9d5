import * as assert from 'uvu/assert';
import { suite } from '../kit/suite.ts';
import { withFiles } from '../kit/temporary.ts';
import type { Result } from '../kit/tool.ts';
import type { Likeness } from '../likeness/likenesses.ts';
import { operatorToken } from '../likeness/operator.ts';
import { textOf } from './rbac.ts';
import type { World } from './world.ts';

/** A cluster with the settings of a common distribution, such as k3s. */
export interface LikeWorld extends World {
  readonly likeness: Likeness;
  endAgents(): Promise<void>;
}

/** Commands that read kubelets, each with a line of its output. */
const commands: readonly (readonly [line: string, output: RegExp])[] = [
  ['top nodes', /^node-1 +\d/m],
  ['top pods', /^default +web +node-1 /m],
  ['get configz', /^node-1 +maxPods +\d+/m],
  ['get pods', /^default +web +node-1 /m],
  ['metrics resource', /^node-1 +[a-z]\w+ /m],
  ['diff configz', /^FIELD .*NODES/m],
  ['node-logs node-1', /^pods\/$/m],
  ['curl /healthz --node node-1', /^ok$/m],
  ['logs web', /^hello from web$/m],
];

interface Expected {
  /** The path to each node, or `failed`. */
  readonly via: Readonly<Record<string, 'direct' | 'apiserver' | 'failed'>>;
  /** The note that the first run prints; undefined if the direct path works, or if no token is sent to kubelets. */
  readonly note?: RegExp;
  /** The error of `--via direct --show-token`; undefined if it works. */
  readonly direct?: RegExp;
  /** The commands that fail, and their errors. */
  readonly refused?: { readonly lines: RegExp; readonly words: readonly RegExp[] };
  /** The path to kubelets that status reports for commands that only read. */
  readonly reading: string;
}

const both = (via: 'direct' | 'apiserver') => ({ 'node-1': via, 'node-2': via });
const selfSigned = /is self-signed|are self-signed/;
const unreachable = {
  via: both('apiserver'),
  note: /(?:2 kubelets are|node-1 is) read through the API server: (?:they are|it is) unreachable from here/,
  direct: /the client got no answer from the kubelet/,
  reading: 'through the API server (they are unreachable from here)',
};
const tokenKept = {
  via: both('apiserver'),
  reading: 'through the API server',
};

const expectations: Readonly<Record<Likeness, Expected>> = {
  kubeadm: {
    via: both('apiserver'),
    note: selfSigned,
    direct: /it made its certificate itself|self-signed/,
    reading: 'through the API server (their certificates are self-signed)',
  },
  openshift: {
    via: both('apiserver'),
    note: /of an untrusted CA/,
    direct: /does not trust the CA that signed the certificate/,
    // The role that the operator of the cluster created allows only nodes/proxy.
    refused: {
      lines: /^(?:top|metrics|node-logs)/,
      words: [
        /^directly: .* \(trust it: --kubelet-certificate-authority FILE\)$/m,
        /^through the API server: .*Forbidden \(user=system:kube-apiserver/m,
        /^missing: get on nodes\/(?:stats|metrics|log) for user "system:kube-apiserver"/m,
        /^hint: kubectl kubeletaccess grant$/m,
      ],
    },
    reading: 'through the API server (their certificates are of an untrusted CA)',
  },
  k3s: { via: both('direct'), reading: 'directly' },
  laptop: unreachable,
  proxied: { ...tokenKept, direct: /does not trust the CA that signed the certificate/ },
  cloud: { ...tokenKept, direct: unreachable.direct },
  autopilot: {
    ...tokenKept,
    reading: 'through the API server, and fail there, too',
    direct: unreachable.direct,
    refused: {
      lines: /^(?!logs )/,
      words: [
        /^directly: your token is not shown to kubelets/m,
        /^through the API server: .*GKE Warden authz/m,
        /^why: .* no grant changes that$/m,
      ],
    },
  },
  konnectivity: unreachable,
  mixed: {
    via: { 'node-1': 'direct', 'node-2': 'apiserver', 'node-3': 'failed', 'node-4': 'failed' },
    note: /node-2 is read through the API server: its certificate is self-signed/,
    direct: /node-2/,
    reading:
      'directly, and to 1 of 4 nodes through the API server (its certificate is self-signed)',
  },
};

export function firstCommands(world: LikeWorld): void {
  const { likeness } = world;
  const expected = expectations[likeness];
  const { note, direct, refused, via } = expected;
  const isWhole = !Object.values(via).includes('failed');
  const isOfOneNode = (line: string) => /node-1$|^logs /.test(line);
  const isRefused = (line: string) => refused?.lines.test(line) ?? false;

  suite(`${world.title} like ${likeness}: first commands`, (test) => {
    for (const [line, output] of commands)
      test(`${line} ${isRefused(line) ? 'reports the denying server' : 'prints its rows'}`, () =>
        withCache(async (env) => {
          const first = await world.tool(line.split(' '), 'admin', env);
          hidesToken(first);
          if (isRefused(line)) {
            assert.is(first.code, 1, textOf(first));
            for (const words of refused?.words ?? []) assert.match(first.stderr, words);
            return;
          }
          const code = isWhole || isOfOneNode(line) ? 0 : 4;
          assert.is(first.code, code, textOf(first));
          assert.match(first.stdout, output);
          const notes = first.stderr.split('\n').filter((text) => text.startsWith('note: '));
          const isNoted = note !== undefined && (isWhole || !isOfOneNode(line));
          assert.is(notes.length, isNoted ? 1 : 0, textOf(first));
          if (isNoted) assert.match(notes.join('\n'), note);

          const second = await world.tool(line.split(' '), 'admin', env);
          assert.is(second.code, code, textOf(second));
          if (isWhole) assert.not.match(second.stderr, /^note: /m);
          // The API server waits 30 s for a dead node, so one command is enough.
          if (!isWhole && line !== 'get configz') return;
          const relayed = await world.tool(
            [...line.split(' '), '--via', 'apiserver'],
            'admin',
            env,
          );
          assert.is(relayed.code, code, textOf(relayed));
          assert.match(relayed.stdout, output);
        }));

    test('get -o json shows for each node whether it was read directly or through the API server', () =>
      withCache(async (env) => {
        const result = await world.tool(['get', 'configz', '-o', 'json'], 'admin', env);
        if (isRefused('get configz')) return assert.is(result.code, 1, textOf(result));
        const { answered, failed = [] } = JSON.parse(result.stdout) as {
          answered: { node: string; via: string }[];
          failed?: { node: string }[];
        };
        const found = Object.fromEntries([
          ...answered.map((each) => [each.node, each.via]),
          ...failed.map((each) => [each.node, 'failed']),
        ]);
        assert.equal(found, via);
      }));

    test(`--via direct --show-token ${direct ? 'fails' : 'works'}`, async () => {
      const result = await world.tool(['get', 'configz', '--via', 'direct', '--show-token']);
      hidesToken(result);
      if (!direct) return assert.is(result.code, 0, textOf(result));
      assert.is(result.code, isWhole ? 1 : 4, textOf(result));
      assert.match(result.stderr, direct);
    });

    test('status reports by which path reading commands call kubelets', async () => {
      const result = await world.tool(['status']);
      hidesToken(result);
      assert.match(result.stdout, `reading commands go: ${expected.reading}\n`);
    });

    if (likeness === 'konnectivity')
      test('an error of the konnectivity tunnel is reported together with the error of the direct path', async () => {
        await world.endAgents();
        const result = await world.tool(['top', 'nodes']);
        assert.is(result.code, 1, textOf(result));
        assert.match(result.stderr, /^directly: cannot reach .* no connection within 1 s$/m);
        assert.match(result.stderr, /^through the API server: .*No agent available$/m);
        assert.match(result.stderr, /^why: .*konnectivity/m);
      });
  });
}

function hidesToken({ stdout, stderr }: Result): void {
  assert.not.match(stdout + stderr, operatorToken);
}

function withCache(use: (env: Readonly<Record<string, string>>) => Promise<void>): Promise<void> {
  return withFiles({}, (folder) => use({ XDG_CACHE_HOME: folder }));
}
