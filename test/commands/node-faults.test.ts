import * as assert from 'uvu/assert';
import type { AuditReport } from '../../src/commands/audit/report.ts';
import { schemaErrors } from '../kit/json-schema.ts';
import { suite } from '../kit/suite.ts';
import { inVirtualTime } from '../kit/virtual-time.ts';
import { withSandbox } from '../kit/with-sandbox.ts';
import { faults } from './shared/faults.ts';

inVirtualTime();

/** Faults without a certificate: with any other fault, `certificates` can read one. */
const withoutCertificate = faults.slice(0, 8);

/** A healthy node, a node with each fault, and another healthy node. */
const fleet = { nodes: ['none', ...faults.map(([fault]) => fault), 'none'] as const };
const last = `node-${fleet.nodes.length}`;

interface Failed {
  readonly node: string;
  readonly cause?: string;
  readonly message: string;
}

/** Returns a sentence without its beginning, which names the node, and the request if the kubelet answered. */
const wordsOf = (message: string) =>
  message
    .replace(/^cannot reach the kubelet of \S+ at \S+: /, '')
    .replace(/^node \S+ has (?=no address)/, '')
    .replace(/^the kubelet of \S+ at \S+ answered (?:GET \S+ with )?/, '');

/** Compares failures with the table of faults, in the order of the table. */
function checkFailed(failed: readonly Failed[], expected = faults): void {
  const found = new Map(failed.map((each) => [each.node, each]));
  assert.equal(
    faults.flatMap(([fault, , words], index) => {
      const { cause, message = '' } = found.get(`node-${index + 2}`) ?? {};
      return message === '' ? [] : [[fault, cause, wordsOf(message).slice(0, words.length)]];
    }),
    expected.map(([fault, cause, words]) => [fault, cause, words]),
  );
  assert.is(found.size, expected.length);
}

suite('a fleet with a node for each fault', (test) => {
  for (const line of [
    'top nodes',
    'get pods',
    'get configz',
    'get healthz',
    'diff configz',
    'metrics resource',
  ])
    test(`${line} names the cause of each failure, and prints the rows of other nodes`, () =>
      withSandbox(fleet, async (_, tool) => {
        const { code, stdout } = await tool(`${line} --via direct --timeout 10s -o json`);
        assert.is(code, 4);
        const { kind, failed, answered, items } = JSON.parse(stdout) as {
          readonly kind: string;
          readonly failed: readonly Failed[];
          readonly answered: readonly { readonly node: string }[];
          readonly items: readonly { readonly node?: string }[];
        };
        checkFailed(failed);
        assert.equal(schemaErrors(`docs/schemas/${kind}.schema.json`, JSON.parse(stdout)), []);
        // Failures are in the order of the API server, although nodes fail at different times.
        const names = failed.map(({ node }) => node);
        assert.equal(names, names.toSorted());
        assert.equal(
          answered.map(({ node }) => node),
          ['node-1', last],
        );
        if (!line.startsWith('diff'))
          assert.equal([...new Set(items.map(({ node }) => node))], ['node-1', last]);
      }));

  test('curl prints an envelope for each node, with a cause or a body', () =>
    withSandbox(fleet, async (_, tool) => {
      const line = 'curl /stats/summary --all --via direct --timeout 10s -o json';
      const { code, stdout, stderr } = await tool(line);
      assert.is(code, 4);
      const { items } = JSON.parse(stdout) as {
        readonly items: readonly {
          readonly node: string;
          readonly httpStatus?: number;
          readonly cause?: string;
          readonly message?: string;
          readonly body?: { readonly node: { readonly nodeName: string } };
        }[];
      };
      checkFailed(
        items.flatMap(({ node, cause, message, body }) =>
          message === undefined ? [] : [{ node, message, ...(cause && { cause }), body }],
        ),
      );
      const status = new Map(items.map((each) => [each.node, each.httpStatus]));
      assert.equal(
        faults.flatMap(([fault], index) => {
          const found = status.get(`node-${index + 2}`);
          return found === undefined ? [] : [[fault, found]];
        }),
        [
          ['stall', 200],
          ['cut', 200],
          ['unauthorized', 401],
          ['cut-off', 500],
        ],
      );
      assert.equal(
        items.flatMap(({ body }) => body?.node.nodeName ?? []),
        ['node-1', last],
      );
      assert.match(
        stderr,
        /\n2 of 22 nodes answered, 20 failed \(4 timed out, .*1 connection-refused.*\)\n$/,
      );
    }));

  test('node-logs prints the logs of healthy nodes, and counts the causes of failures', () =>
    withSandbox(fleet, async (_, tool) => {
      const lines = ['node-logs', 'curl /logs/ --all'];
      const [logs, curl] = await Promise.all(
        lines.map((line) => tool(`${line} --via direct --timeout 10s`)),
      );
      const tally = /\n\d+ of 22 nodes answered, .*\n$/;
      assert.equal(
        [logs?.code, tally.exec(logs?.stderr ?? '')?.[0]],
        [4, tally.exec(curl?.stderr ?? '')?.[0]],
      );
      const nodes = new Set(logs?.stdout.split('\n').map((each) => each.split(' ', 1)[0]));
      assert.equal([...nodes].filter(Boolean).sort(), ['node-1', last]);
    }));

  test('certificates prints a row for each node, with the cause of a missing certificate', () =>
    withSandbox(fleet, async (_, tool) => {
      const { code, stdout } = await tool('certificates --timeout 10s -o json');
      assert.is(code, 4);
      const { failed, items } = JSON.parse(stdout);
      checkFailed(failed, withoutCertificate);
      assert.is(items.length, fleet.nodes.length);
    }));

  test('audit names each node without a checked configuration, and the reason', () =>
    withSandbox(fleet, async (_, tool) => {
      const { code, stdout } = await tool('audit --timeout 10s -o json');
      assert.is(code, 4);
      const { nodes, notChecked } = JSON.parse(stdout) as AuditReport;
      const checked = nodes.filter(({ configuration }) => configuration === 'direct');
      assert.equal(
        checked.map(({ name }) => name),
        ['node-1', last],
      );
      // A closed port does not prove that the read-only port is disabled.
      assert.equal(
        notChecked.flatMap(({ check, nodeNames: names }) =>
          names.includes('node-2') ? [check] : [],
        ),
        ['configuration', 'anonymous-access', 'read-only-port', 'serving-certificate'],
      );
      const reasons = notChecked.filter(({ check }) => check === 'configuration');
      assert.equal(
        new Set(reasons.flatMap((each) => each.nodeNames)),
        new Set(faults.map((_fault, index) => `node-${index + 2}`)),
      );
      const text = reasons.map(({ message }) => message).join('\n');
      // Audit reads a node without an address through the API server, and prints one reason for nodes with the same failure.
      for (const [fault, , words] of faults)
        if (fault !== 'no-addresses' && fault !== 'cut')
          assert.ok(text.includes(words), `${fault}: ${text}`);
    }));
});

suite('a node with a fault', (test) => {
  for (const [fault, , words] of faults)
    test(`curl, logs and exec print the same sentence for the fault ${fault}`, () =>
      withSandbox({ nodes: [fault] }, async (_, tool) => {
        for (const line of [
          'curl /healthz --node node-1 --via direct',
          'logs web --node node-1 --via direct',
          'exec web --node node-1 --allow-exec',
        ]) {
          const command = line.startsWith('exec') ? ' -- ls' : '';
          const { code, stdout, stderr } = await tool(`${line} --timeout 10s${command}`);
          assert.is(code, 1, line);
          // The first bytes of a response are printed before it breaks off.
          if (fault !== 'cut' && fault !== 'stall') assert.is(stdout, '');
          const [first = '', ...more] = stderr.split('\n');
          const sentence = wordsOf(first.replace(/^error: /, ''));
          assert.is(sentence.slice(0, words.length), words, `${line}: ${stderr}`);
          assert.match(more.join('\n'), /^(?:why|remedy): /m, line);
          assert.not.match(stderr, /\n +at /, line);
        }
      }));
});
