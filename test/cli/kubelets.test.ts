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

suite('the path of requests', (test) => {
  test('is auto by default', async () => {
    for (const line of [
      'top nodes',
      'logs web --node node-1',
      'curl /healthz --all -k',
      'top nodes --kubelet-certificate-authority f --kubelet-port 1',
    ])
      assert.is(await pathOf(line), 'auto', line);
  });

  test('is the value of --via, which overrides the environment', async () => {
    for (const path of ['auto', 'direct', 'apiserver'] as const)
      for (const variable of ['direct', 'apiserver', 'auto', ''])
        assert.is(await pathOf(`top nodes --via ${path}`, {}, variable), path);
  });

  test('is the value in the environment without --via', async () => {
    for (const path of ['auto', 'direct', 'apiserver'] as const)
      assert.is(await pathOf('top nodes', {}, path), path);
    assert.is(await pathOf('top nodes', {}, ''), 'auto');
  });

  test('is direct with an option or header that only direct requests can have', async () => {
    for (const variable of [undefined, 'auto', 'apiserver', 'direct']) {
      for (const option of [
        '--address h',
        '--kubelet-token-file f',
        '--kubelet-client-certificate f --kubelet-client-key f',
      ])
        assert.is(await pathOf(`curl /healthz ${option}`, {}, variable), 'direct', option);
      assert.is(await pathOf('curl /healthz', { hasOwnCredential: true }, variable), 'direct');
    }
  });

  test('is never auto for a request that may have an effect', async () => {
    assert.is(await pathOf('curl /healthz', { isRead: false }), 'direct');
    assert.is(await pathOf('curl /healthz --via auto', { isRead: false }), 'direct');
    assert.is(await pathOf('curl /healthz', { isRead: false }, 'auto'), 'direct');
    assert.is(await pathOf('curl /healthz --via apiserver', { isRead: false }), 'apiserver');
  });

  test('is auto for kubelet flags with KUBELETACCESS_VIA=apiserver', async () => {
    assert.is(await pathOf('curl /healthz --all -k', {}, 'apiserver'), 'auto');
    assert.is(await pathOf('curl /healthz -k', { isRead: false }, 'apiserver'), 'direct');
  });

  test('of another word, in --via or KUBELETACCESS_VIA, is a usage error', async () => {
    const must = 'must be "auto", "direct" or "apiserver"';
    await fails(pathOf('top nodes --via x'), `invalid --via value "x": ${must}`);
    await fails(pathOf('top nodes', {}, 'x'), `invalid KUBELETACCESS_VIA value "x": ${must}`);
    assert.is(await pathOf('top nodes --via direct', {}, 'x'), 'direct');
  });
});

suite('the path of a stream', (test) => {
  test('is the value of --via, whatever the environment contains', async () => {
    for (const path of ['direct', 'apiserver'] as const)
      assert.is(parseStreamVia(await invoked(`exec web --via ${path}`, 'auto')), path);
  });
});
