import * as assert from 'uvu/assert';
import { type Globals, globalOptions } from '../../../src/cli/global-options.ts';
import { parseRevokeOptions } from '../../../src/commands/revoke/options.ts';
import { permissionTtlMs } from '../../../src/kubelet/authorization-cache.ts';
import { suite } from '../../kit/suite.ts';

type Options = Parameters<typeof parseRevokeOptions>[0];

const defaults: Options = {
  ...{ profile: '', subject: undefined, allProfiles: false, allSubjects: false, expired: false },
  ...{
    names: [],
    node: [],
    roleName: '',
    bindingName: '',
    dryRun: 'none',
    force: false,
    wait: false,
  },
  output: '',
  globals: Object.fromEntries(
    Object.entries(globalOptions).map(([key, { initial }]) => [key, initial]),
  ) as unknown as Globals,
  given: [],
};

suite('the options of revoke', (test) => {
  test('--wait without a time waits longer than kubelets cache permissions', () => {
    const { wait } = parseRevokeOptions({ ...defaults, wait: true });
    assert.ok((wait?.timeoutMs ?? 0) > permissionTtlMs, `${wait?.timeoutMs}`);
  });

  test('--wait does not wait for expired subjects: there may be several', () =>
    assert.throws(
      () => parseRevokeOptions({ ...defaults, expired: true, wait: true }),
      /--wait cannot be used where several subjects may lose access/,
    ));

  test('--wait takes a time, and there is no wait without it', () => {
    assert.is(parseRevokeOptions({ ...defaults, wait: '1m' }).wait?.timeoutMs, 60_000);
    assert.is(parseRevokeOptions(defaults).wait, undefined);
  });
});
