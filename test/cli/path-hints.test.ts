import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { parseCommandLine } from '../../src/cli/argv.ts';
import { pathHints } from '../../src/cli/path-hints.ts';
import { Failure } from '../../src/errors.ts';
import { KubeletFailure } from '../../src/kube/kubelet-client/kubelet-failure.ts';
import { type Cause, certificateCauses } from '../../src/kubelet/causes/causes.ts';
import { detourOf } from '../../src/kubelet/detours.ts';
import { catalog } from '../../src/run.ts';
import { commandWords } from '../docs/write-readme.ts';
import { pairRule } from '../kit/rbac.ts';
import { concurrentSuite, suite } from '../kit/suite.ts';
import { allow, withSandbox } from '../kit/with-sandbox.ts';

const lineOf = (words: string) => parseCommandLine(words.split(' '), catalog);

const failed = (why: Cause, shown?: 'certificate' | 'token') =>
  new KubeletFailure('no', { why, shown });

const hintsOf = async (words: string, failure: Failure) => pathHints(failure, await lineOf(words));

const relayed = 'through the API server: kubectl kubeletaccess ';
const pinned = 'with the fingerprints that you kept: kubectl kubeletaccess ';
const unverified =
  'or unverified (your key stays secret; whatever answers may lie, and sees what you send): kubectl kubeletaccess ';

suite('hints after a failed direct request', (test) => {
  test('suggest the same command through the API server, without options for direct requests', async () => {
    for (const [line, expected] of [
      ['top nodes -l a=b --via direct', 'top nodes --selector a=b --via apiserver'],
      [
        'curl /healthz --node n1 --via=direct --kubelet-port 1 -k',
        'curl /healthz --node n1 --via apiserver',
      ],
      [
        'exec web --allow-exec -c app -- sh -c x',
        'exec web --container app --allow-exec --via apiserver -- COMMAND',
      ],
      ['curl /x --node n1 -d secret', 'curl /x --node n1 --data DATA --via apiserver'],
      ['port-forward web 80 --allow-exec', 'port-forward web 80 --allow-exec --via apiserver'],
      ['logs web --context a --via direct', 'logs web --context a --via apiserver'],
    ] as const) {
      for (const failure of [
        failed('connection-refused', 'token'),
        new Failure('no', { kind: 'no direct path' }),
      ])
        assert.equal(await hintsOf(line, failure), [relayed + expected]);
      assert.ok(await lineOf(expected));
    }
  });

  test('suggest a fingerprint if --kubelet-address is given, and also -k if the credential is a certificate', async () => {
    const line = 'logs web --kubelet-address h';
    for (const cause of certificateCauses.filter((each) => detourOf(each))) {
      assert.equal(await hintsOf(line, failed(cause, 'certificate')), [
        `${pinned}${line} --kubelet-fingerprint @FILE`,
        `${unverified}${line} --kubelet-insecure-skip-tls-verify`,
      ]);
      const [first, ...more] = await hintsOf(line, failed(cause, 'token'));
      assert.equal([first?.startsWith(pinned), more], [true, []]);
    }
    for (const cause of ['connection-refused', 'no-credential-accepted', 'not-tls'] as const)
      assert.equal(await hintsOf(line, failed(cause, 'certificate')), []);
    assert.equal(await hintsOf(line, new Failure('no', { kind: 'no direct path' })), []);
  });

  test('are omitted if the kubelet answered, if its fingerprint differs, or if the API server was tried as well', async () => {
    for (const failure of [
      failed('forbidden', 'certificate'),
      failed('different-certificate', 'certificate'),
      failed('different-certificate', 'token'),
      failed('no-answer', 'certificate'),
      failed('connection-refused'),
      new Failure('no'),
    ])
      for (const line of ['top nodes --via direct', 'top nodes --kubelet-address h'])
        assert.equal(await hintsOf(line, failure), []);
  });
});

/** Returns the commands in hints whose text begins with `start`, each split into words. */
const typed = (stderr: string, start: string) =>
  stderr.split('\n').flatMap((line) => {
    const [, command] = line.split(`hint: ${start}`);
    return command === undefined ? [] : [commandWords(command)];
  });

concurrentSuite('a hint after a failed direct request', (test) => {
  const options = { nodes: ['self-signed', 'self-signed'], verifyKubelets: false } as const;

  for (const line of [
    'top nodes --via direct',
    'get configz -l kubernetes.io/os=linux --via direct --kubelet-tls-server-name x',
    'curl /healthz?verbose --node node-1 --via direct',
    'curl /healthz --node node-1 --via direct -H x-a:b --kubelet-preferred-address-types InternalIP',
    'logs web --via direct',
    'node-logs node-1 --via direct',
    'exec web --allow-exec -- echo',
    'top nodes --via direct --as admin',
  ])
    test(`has a command that works through the API server: ${line}`, () =>
      withSandbox(options, async (sandbox, tool) => {
        allow(sandbox, 'Kubernetes', [pairRule]);
        const { stderr } = await tool(line);
        const [words, ...more] = typed(stderr, relayed);
        assert.equal(more, [], stderr);
        if (line.includes('--as')) return void (await lineOf((words ?? []).join(' ')));
        const again = await tool(words?.map((word) => word.replace('COMMAND', 'echo')) ?? []);
        assert.is(again.code, 0, again.stderr);
      }));

  for (const line of [
    'curl /healthz',
    'top nodes',
    'logs web',
    'node-logs',
    'exec web --allow-exec',
  ])
    test(`has a command that reaches an address with a fingerprint or without verification: ${line}`, () =>
      withSandbox(options, async (sandbox, tool) => {
        const address = `127.0.0.1:${sandbox.kubelets[0]?.port}`;
        const end = line.startsWith('exec') ? ' -- echo' : '';
        const { stderr } = await tool(`${line} --kubelet-address ${address}${end}`);
        const { stdout } = await tool('certificates -o fingerprints');
        const path = join(sandbox.directory, 'kubelets.txt');
        writeFileSync(path, stdout);
        for (const start of [pinned, unverified]) {
          const [words = []] = typed(stderr, start);
          const filled = words.map((word) => word.replace('FILE', path).replace('COMMAND', 'echo'));
          const again = await tool(filled);
          assert.is(again.code, 0, `${filled.join(' ')}: ${again.stderr}`);
        }
      }));

  for (const options of [
    '--kubelet-certificate-authority CA',
    '-H x-a:b',
    '--kubelet-address ANOTHER',
  ])
    test(`can be pasted for an address with ${options}`, () =>
      withSandbox({ nodes: ['self-signed', 'self-signed'] }, async (sandbox, tool) => {
        const [one, other] = sandbox.kubelets.map(({ port }) => `127.0.0.1:${port}`);
        const ca = join(sandbox.directory, 'ca.pem');
        writeFileSync(ca, sandbox.authority.cert);
        const line = `curl /healthz --kubelet-address ${one} ${options}`
          .replace('CA', ca)
          .replace('ANOTHER', other ?? '');
        const { stderr } = await tool(line);
        const given = stderr
          .split('\n')
          .filter((each) => each.includes(`curl /healthz --kubelet-address`));
        assert.ok(given.length > 0);
        const path = join(sandbox.directory, 'kubelets.txt');
        writeFileSync(path, `node-1=${Array(32).fill('AB').join(':')}\n`);
        for (const hint of given) {
          const command =
            hint.split('kubectl kubeletaccess ')[1]?.replace('@FILE', `@${path}`) ?? '';
          const again = await tool(commandWords(command));
          assert.not.match(again.stderr, /cannot be used together|without NODE=|is never sent/);
        }
      }));
});
