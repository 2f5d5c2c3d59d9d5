import * as assert from 'uvu/assert';
import { parseCommandLine } from '../../src/cli/argv.ts';
import { parseStreamVia, parseVia } from '../../src/cli/kubelets.ts';
import type { Context } from '../../src/context.ts';
import { UsageFailure } from '../../src/errors.ts';
import { catalog } from '../../src/run.ts';
import { suite } from '../kit/suite.ts';

type Kind = Parameters<typeof parseVia>[1];

async function invoked(words: string, variable?: string) {
  const line = await parseCommandLine(words.split(' '), catalog);
  const { given, globals } = line;
  const via = given.findLast(({ option }) => option.name === '--via')?.value ?? 'auto';
  const env = variable === undefined ? {} : { KUBELETACCESS_VIA: variable };
  return { via, given, globals, line, context: { env } as unknown as Context };
}

const pathOf = async (words: string, kind: Kind = {}, variable?: string) =>
  parseVia(await invoked(words, variable), kind);

const fails = async (path: Promise<string>, message: string) => {
  const error = await path.catch((thrown: unknown) => thrown);
  assert.ok(error instanceof UsageFailure, String(error));
  assert.is(error.message, message);
};

suite('the effective --via of requests', (test) => {
  test('is auto by default', async () => {
    for (const line of [
      'top nodes',
      'logs web --node node-1',
      'curl /healthz --all -k',
      'top nodes --kubelet-certificate-authority f --kubelet-port 1',
    ])
      assert.is(await pathOf(line), 'auto', line);
  });

  test('is the given value, even if the environment has another value', async () => {
    for (const path of ['auto', 'direct', 'apiserver'] as const)
      for (const variable of ['direct', 'apiserver', 'auto', ''])
        assert.is(await pathOf(`top nodes --via ${path}`, {}, variable), path);
  });

  test('is the value of KUBELETACCESS_VIA if --via is not given', async () => {
    for (const path of ['auto', 'direct', 'apiserver'] as const)
      assert.is(await pathOf('top nodes', {}, path), path);
    assert.is(await pathOf('top nodes', {}, ''), 'auto');
  });

  test('is direct with an option or header that only direct requests can have', async () => {
    for (const variable of [undefined, 'auto', 'apiserver', 'direct']) {
      for (const option of [
        '--kubelet-address h',
        '--kubelet-token-file f',
        '--kubelet-client-certificate f --kubelet-client-key f',
      ])
        assert.is(await pathOf(`curl /healthz ${option}`, {}, variable), 'direct', option);
      assert.is(await pathOf('curl /healthz', { hasOwnCredential: true }, variable), 'direct');
    }
  });

  test('is never auto for a request that may change something', async () => {
    assert.is(await pathOf('curl /healthz', { isRead: false }), 'direct');
    assert.is(await pathOf('curl /healthz --via auto', { isRead: false }), 'direct');
    assert.is(await pathOf('curl /healthz', { isRead: false }, 'auto'), 'direct');
    assert.is(await pathOf('curl /healthz --via apiserver', { isRead: false }), 'apiserver');
  });

  test('is auto if kubelet flags are given, although KUBELETACCESS_VIA is apiserver', async () => {
    assert.is(await pathOf('curl /healthz --all -k', {}, 'apiserver'), 'auto');
    assert.is(await pathOf('top nodes --show-token', {}, 'apiserver'), 'auto');
    assert.is(await pathOf('curl /healthz -k', { isRead: false }, 'apiserver'), 'direct');
  });

  test('is a usage error if --via or KUBELETACCESS_VIA is an unknown word', async () => {
    const must = 'must be "auto", "direct" or "apiserver"';
    await fails(pathOf('top nodes --via x'), `invalid --via value "x": ${must}`);
    await fails(pathOf('top nodes', {}, 'x'), `invalid KUBELETACCESS_VIA value "x": ${must}`);
    assert.is(await pathOf('top nodes --via direct', {}, 'x'), 'direct');
  });
});

suite('the effective --via of a stream', (test) => {
  test('is the given value, whatever KUBELETACCESS_VIA is', async () => {
    for (const path of ['direct', 'apiserver'] as const)
      assert.is(parseStreamVia(await invoked(`exec web --via ${path}`, 'auto')), path);
    assert.is(parseStreamVia(await invoked('exec web --via auto', 'apiserver')), 'direct');
  });
});
