import * as assert from 'uvu/assert';
import { outcomeOf } from '../../../src/commands/status/probe.ts';
import { type Report, verdicts } from '../../../src/commands/status/report.ts';
import { severities } from '../../../src/kubelet/finding.ts';
import { type Expected, type ExpectedFinding, fully } from './scenario.ts';

type Finding = Report['findings'][number];

export function checkReport(report: Report, text: string, expected: Expected): void {
  const { verdict, nodes, findings, pair, hop, says = [], saysNot = [] } = fully(expected);
  assert.equal(
    report.findings.map(({ cause, severity }) => `${severity}: ${cause}`),
    findings.map(({ cause, severity = 'error' }) => `${severity}: ${cause}`),
    `the findings are not those expected:\n${text}`,
  );
  assert.equal(
    report.nodes.map(({ direct, viaApiServer }) => [direct, viaApiServer].map(outcomeOf)),
    nodes,
    `the nodes are not as expected:\n${text}`,
  );
  assert.is(report.verdict, verdict, text);
  for (const [index, finding] of findings.entries())
    checkFinding(report.findings[index] as Finding, finding, report, text);
  if (pair)
    assert.equal([report.grant.roleStatus.state, report.grant.bindingStatus.state], pair, text);
  if (hop) {
    const reached = report.hops[1];
    assert.equal([reached?.identity, reached?.message], hop, text);
  }
  for (const words of says) assert.ok(holds(text, words), `it does not say ${words}:\n${text}`);
  for (const words of saysNot) assert.not.ok(holds(text, words), `it says ${words}:\n${text}`);
}

export function checkFinding(
  found: Finding,
  expected: ExpectedFinding,
  report: Report,
  text: string,
): void {
  const all = report.nodes.map(({ name }) => name);
  const {
    nodes = found.nodeNames.length > 0 ? all : [],
    message,
    evidence = [],
    commands = [],
  } = expected;
  assert.ok(holds(found.message, message), `"${found.message}" does not say ${message}:\n${text}`);
  assert.equal(found.nodeNames, nodes, `nodes of "${found.message}":\n${text}`);
  let from = 0;
  for (const words of evidence) {
    const rest = found.evidence.slice(from);
    const at = rest.findIndex((line) => holds(line, words));
    assert.ok(at >= 0, `${words} does not show "${found.message}" by ${rest.join('\n')}`);
    from += at + 1;
  }
  const wrong =
    found.commands.length !== commands.length ||
    commands.some((words, index) => !isWhole(found.commands[index] ?? '', words));
  if (wrong) assert.equal(found.commands, commands, `commands of "${found.message}"`);
}

/** Checks rules that every report follows. */
export function checkAlways(report: Report, text: string, code: number): void {
  assert.is(code, verdicts[report.verdict]);
  const ranks = report.findings.map(({ severity }) => severities.indexOf(severity));
  assert.equal(ranks, ranks.toSorted(), `the worst does not come first:\n${text}`);
  if (report.verdict !== 'ok')
    assert.ok(report.findings.length > 0, `nothing says why it is not ok:\n${text}`);
  for (const { message, commands, evidence, nodeNames: nodes } of report.findings) {
    assert.ok(text.includes(`${message}\n`), `"${message}" is not in the text:\n${text}`);
    for (const command of commands)
      assert.ok(
        ['run', 'on the node, run', 'or, with kubectl alone'].some((label) =>
          text.includes(`\n  ${label}: ${command}\n`),
        ),
        text,
      );
    for (const words of [message, ...evidence])
      assert.not.match(words, /undefined|\[object|NaN|null/, text);
    const strangers = nodes.filter((name) => !report.nodes.some((node) => node.name === name));
    assert.equal(strangers, []);
  }
  for (const { name, direct, viaApiServer } of report.nodes) {
    for (const cause of new Set([direct, viaApiServer].map(outcomeOf)))
      if (cause !== 'ok' && cause !== 'not-asked')
        assert.ok(
          report.findings.some(
            ({ nodeNames: nodes }) => nodes.length === 0 || nodes.includes(name),
          ),
          `nothing is said of ${name}, which has ${cause}:\n${text}`,
        );
    // A finding about permissions names only kubelets that denied a request.
    if (![direct, viaApiServer].some((probe) => outcomeOf(probe) === 'forbidden'))
      for (const { cause, nodeNames: nodes } of report.findings)
        if (/forbidden|access-missing|access-cached/.test(cause))
          assert.not.ok(nodes.includes(name), `${name} was not reached, and is in ${cause}`);
  }
}

function holds(text: string, words: string | RegExp): boolean {
  return typeof words === 'string' ? text.includes(words) : words.test(text);
}

function isWhole(text: string, words: string | RegExp): boolean {
  return typeof words === 'string' ? text === words : words.test(text);
}
