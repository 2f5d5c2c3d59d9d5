import * as assert from 'uvu/assert';
import { parseStatsSummary } from '../../../src/kubelet/bodies/stats-summary.ts';
import { suite } from '../../kit/suite.ts';
import { bodyText, recordedVersions, summaryOf } from './read-bodies.ts';

suite('a body of /stats/summary', (test) => {
  for (const version of recordedVersions)
    test(`is read from a kubelet ${version}`, () => {
      const { node, pods } = summaryOf(bodyText(`summary-${version}`));
      assert.is(node.nodeName, 'node-1');
      assert.is(pods?.length, 2);
    });

  test('is read even if the node has no pods', () => {
    assert.is(summaryOf('{"node":{"nodeName":"n"},"pods":null}').pods, undefined);
  });

  const others: readonly (readonly [body: string, problem: string])[] = [
    ['', 'not JSON'],
    ['<html>login</html>', 'not JSON'],
    ['{}', 'node is missing'],
    ['null', 'it: expected object, got null'],
    ['[]', 'it: expected object, got array'],
    ['"text"', 'it: expected object, got string'],
    ['{"kind":"Status","apiVersion":"v1","status":"Failure"}', 'node is missing'],
    ['{"kind":"PodList","apiVersion":"v1","items":[]}', 'node is missing'],
    ['{"node":{}}', 'node.nodeName is missing'],
    [
      '{"node":{"nodeName":"n","cpu":{"usageNanoCores":"1"}}}',
      'node.cpu.usageNanoCores: expected number, got string',
    ],
    [
      '{"node":{"nodeName":"n"},"pods":[{"podRef":{"name":"p"}}]}',
      'pods[0].podRef.namespace is missing',
    ],
  ];
  for (const [body, problem] of others)
    test(`is invalid: ${body || 'nothing'}`, () =>
      assert.equal(parseStatsSummary(body), { problem: `no stats summary: ${problem}` }));

  test('has exact integers', () => {
    const { node } = summaryOf(`{"node":{"nodeName":"n","fs":{
      "availableBytes" : 9007199254740993, "usedBytes": 9007199254740991,
      "inodesFree":18446744073709551615, "inodes": 1e3}}}`);
    assert.equal(node.fs, {
      availableBytes: 9_007_199_254_740_993n,
      usedBytes: 9_007_199_254_740_991,
      inodesFree: 18_446_744_073_709_551_615n,
      inodes: 1000,
    });
  });

  test('keeps texts with long numbers unchanged', () => {
    const name = '":9007199254740993,"';
    const { node } = summaryOf(
      JSON.stringify({ node: { nodeName: name, fs: { usedBytes: 9_007_199_254_740_991 } } }),
    );
    assert.is(node.nodeName, name);
  });
});
