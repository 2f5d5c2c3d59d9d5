import * as assert from 'uvu/assert';
import { denialTtl, permissionTtl } from '../../src/kubelet/authorization-cache.ts';
import { suite } from '../kit/suite.ts';

suite('cache of a kubelet', (test) => {
  test('messages give the default times of KubeletConfiguration', () =>
    assert.equal([denialTtl, permissionTtl], ['30s', '5m']));
});
