import * as assert from 'uvu/assert';
import { entryOf } from '../../../src/kubelet/causes/causes.ts';
import { explain as explainNow } from '../../../src/kubelet/explain/explain.ts';
import type { Explanation } from '../../../src/kubelet/explain/explanation.ts';
import { shareOf, sweeps } from '../../kit/random.ts';
import { suite } from '../../kit/suite.ts';
import { notRecognised, recognised } from './explain-texts.ts';
import { foreign } from './foreign-texts.ts';
import { heldOut } from './held-out-texts.ts';
import { pasted } from './pasted-texts.ts';
import { notStarted, started } from './start-texts.ts';

/** Caches the explanations of each text, because many tests use the same texts. */
const explained = new Map<string, readonly Explanation[]>();
function explain(text: string): readonly Explanation[] {
  const known = explained.get(text) ?? explainNow(text);
  explained.set(text, known);
  return known;
}

const allTexts = [
  ...Object.keys(recognised),
  ...Object.values(pasted).flatMap(Object.keys),
  ...Object.values(started).flat(),
  ...Object.entries(heldOut).flatMap(([causes, texts]) => (causes === '' ? [] : texts)),
];
const foreignTexts = [
  ...Object.values(foreign).flat(),
  ...Object.values(notRecognised),
  ...notStarted,
  ...(heldOut[''] ?? []),
];

const row = ({ component: who, hop, cause, address = '-', commands: [first = '-'] }: Explanation) =>
  [who, hop, cause, address, first].join('; ');
const place = ({ component: who, hop, cause, identity }: Explanation) =>
  [who, hop, cause, identity ?? ''].join('; ');
const lines = (text: string, change: (line: string) => string, end = '\n') =>
  text
    .split(/\r\n?|\n/)
    .map(change)
    .join(end);
const toKubelet = ({ hop }: Explanation) => hop.endsWith('-to-kubelet');

suite('pasted texts', (test) => {
  for (const [name, rows] of Object.entries(pasted))
    for (const [text, expected] of Object.entries(rows))
      test(`${name}: ${text.slice(0, 200)}`, () =>
        assert.is(explain(text).map(row).join(' | '), expected));

  for (const [causes, texts] of Object.entries(started))
    test(`a kubelet that does not start, join or become ready: ${causes || 'no cause'}`, () => {
      for (const text of texts)
        assert.is(
          explain(text)
            .map(({ cause }) => cause)
            .join(' | '),
          causes,
          text,
        );
    });

  test('of 155 texts that no cause was written for, none is explained wrongly and 8 are not explained', () => {
    const wrong: string[] = [];
    const missed: string[] = [];
    for (const [causes, texts] of Object.entries(heldOut))
      for (const text of texts) {
        const found = explain(text).map(({ cause }) => cause);
        if (found.join(' | ') !== causes) (found.length === 0 ? missed : wrong).push(text);
      }
    assert.is(Object.values(heldOut).flat().length, 155);
    assert.equal(wrong, []);
    assert.is(missed.length, 8, missed.join('\n\n'));
  });

  test('texts of other programs are not explained', () => {
    for (const text of foreignTexts) assert.equal(explain(text).map(row), [], text);
  });

  const decorations = [
    ['line ends of Windows', (text: string) => text.replaceAll(/\r?\n/g, '\r\n')],
    ['a quotation', (text: string) => lines(text, (line) => `> ${line}`)],
    ['a quotation in a quotation', (text: string) => lines(text, (line) => `> > ${line}`)],
    ['a box', (text: string) => lines(text, (line) => `\u2502 ${line.padEnd(20)} \u2502`)],
    ['a block of code', (text: string) => `\`\`\`console\n${text}\n\`\`\``],
    ['colours', (text: string) => lines(text, (line) => `\x1b[1;31m${line}\x1b[0m`)],
    ['colours in a log', (text: string) => lines(text, (line) => `\\u001b[31m${line}\\u001b[0m`)],
    ['other spaces', (text: string) => text.replaceAll(/(?<=\w) (?=\w)/g, '\xa0')],
    ['spaces at the ends', (text: string) => lines(text, (line) => `${line}  `)],
    ['a byte order mark', (text: string) => `\ufeff${text}`],
    ['words before and after', (text: string) => `Hi all,\n\n${text}\n\nAny ideas?`],
  ] as const;
  for (const [index, [name, decorate]] of decorations.entries())
    test(`every text is explained the same with ${name}`, () => {
      for (const text of shareOf(allTexts, 3, index))
        assert.equal(explain(decorate(text)).map(row), explain(text).map(row), decorate(text));
      for (const text of shareOf(foreignTexts, 3, index))
        assert.equal(explain(decorate(text)).map(row), [], text);
    });

  const hosts =
    /(?<=https?:\/\/|dial tcp |while dialing )(?:\d{1,3}\.){3}\d{1,3}(?=:102(?:50|55))/g;
  const masks = [
    '<node ip>',
    '$node',
    ['$', '{NODE_IP}'].join(''),
    'x.x.x.x',
    '10.x.x.x',
    'NODE_IP',
    '[redacted]',
    '{{ ip }}',
    '1**.2**.**.*',
  ];
  for (const [index, hidden] of masks.entries())
    test(`a host that is hidden as ${hidden} changes only the address of the explanation`, () => {
      for (const text of shareOf(allTexts, 3, index)) {
        // Skips texts with several hosts: when all hosts are hidden, the text no longer shows which host failed.
        if (new Set(text.match(hosts)).size > 1) continue;
        const left = text.replaceAll(hosts, () => hidden);
        assert.equal(explain(left).map(place), explain(text).map(place), left);
      }
    });

  test('all user names and 92.5 % of the explanations stay the same if a terminal wrapped the lines', () => {
    const wraps = [72, 80, 100, 120, 132].flatMap((width) => [
      (text: string) =>
        text.replaceAll(new RegExp(`(?=.{${width}})(.{1,${width - 1}}) `, 'g'), '$1\n'),
      (text: string) => text.replaceAll(new RegExp(`.{${width}}(?=.)`, 'g'), '$&\n'),
    ]);
    let same = 0;
    let all = 0;
    for (const text of allTexts.filter(
      (each) => !/[\r\n\x1b]|\^\[\[|\\(?:x1b|u001b|033)/.test(each) && each.length > 72,
    ))
      for (const wrap of wraps) {
        if (wrap(text) === text) continue;
        const expected = explain(text);
        const found = explain(wrap(text));
        all += 1;
        if (found.map(place).join('\n') === expected.map(place).join('\n')) same += 1;
        const names = expected.flatMap(({ identity }) => identity ?? []);
        for (const { identity } of found)
          assert.ok(identity === undefined || names.includes(identity), wrap(text));
      }
    assert.ok(all > 1_500 && same / all > 0.925, `${same} of ${all}`);
  });

  /** Changes after which a text is about another server. `wrong` returns true for explanations that are wrong for the changed text. */
  const nearMisses: readonly (readonly [
    title: string,
    change: (text: string) => string,
    wrong: (error: Explanation) => boolean,
  ])[] = [
    [
      "another port and path than a kubelet's",
      (text) =>
        // Skips texts that name a kubelet by other words than its port and path.
        /Error from server|rror dialing|upgrade|metav1|[kK]ubelet|scrap|containerLogs|while dialing|Authorization|cri\/|DOWN \w|kubernetes|collect metrics|connection succeeded|an error on|API server|Forbidden \(/.test(
          text,
        )
          ? ''
          : text
              .replaceAll(/:?\b102(?:50|55)\b/g, (port) =>
                port.startsWith(':') ? ':8443' : '8443',
              )
              .replaceAll(/(?<=:8443|:\d{5})\/[\w/]+/g, '/health'),
      ({ hop }) => hop.endsWith('-to-kubelet'),
    ],
    [
      'another signer',
      (text) => text.replaceAll('kubelet-serving', 'kube-apiserver-client-kubelet'),
      ({ cause, evidence: [words] }) =>
        cause === 'no-serving-certificate-yet' && words.includes('kube-apiserver-client'),
    ],
    [
      'an issued certificate request',
      (text) =>
        text.includes('kubelet-serving')
          ? text.replaceAll(
              /(?:Pending|Approved,Failed|Approved|Denied)(?=\s|$)/g,
              'Approved,Issued',
            )
          : '',
      ({ cause, evidence: [words] }) =>
        cause === 'no-serving-certificate-yet' && words.startsWith('csr'),
    ],
    [
      'a user other than a front proxy',
      (text) => text.replaceAll(/User (\\?")[\w:.-]+(\\?")(?= cannot)/g, 'User $1jane$2'),
      ({ hop, component: who }) =>
        hop === 'apiserver-to-aggregated-api' && who !== 'proxy-or-aggregated-api',
    ],
    [
      'another resource than nodes',
      (text) => text.replaceAll(/resource ?[=:] ?nodes/g, 'resource=widgets'),
      ({ identity, evidence: [words] }) => identity !== undefined && words.includes('widgets'),
    ],
    [
      'a stream to another server than the container runtime',
      (text) => text.replaceAll('/cri/', '/app/'),
      ({ hop }) => hop === 'kubelet-to-container-runtime',
    ],
    [
      'the tunnel of another program',
      (text) =>
        /^[^\n]*find Session for client/.test(text)
          ? `steve.proxy.dialer: ${/failed to find Session.*/.exec(text)?.[0].replace(/client [\w-]+/, 'client stv-cluster-local')}`
          : '',
      () => true,
    ],
    [
      'a review of another API',
      (text) => text.replaceAll(/(?:token|subjectaccess)reviews/g, 'widgets'),
      ({ message }) => message.includes('could not ask for a review'),
    ],
    [
      'another agent',
      (text) =>
        text
          .replaceAll('[inputs.kubernetes]', '[inputs.http]')
          .replaceAll('metricset kubernetes.', 'metricset nginx.')
          .replaceAll(/fetch '\w+' Metricset/g, "fetch 'stubstatus' Metricset")
          .replaceAll('kubelet upstream', 'kube api upstream')
          .replaceAll(/102(?:50|55)/g, '8443')
          .replaceAll(/\/(?:stats\/summary|pods|metrics\/\w+)/g, '/status'),
      ({ hop, evidence: [words] }) =>
        hop === 'caller-to-kubelet' && /inputs|metricset|kube api upstream/.test(words),
    ],
    [
      'a foreign document',
      (text) => text.replaceAll(/\\?"(?:kind|reason)\\?": ?\\?"\w+\\?",?/g, ''),
      ({ evidence: [words] }) => /^"message": ?"Unauthorized"$/.test(words),
    ],
  ];
  for (const [title, change, isWrong] of nearMisses)
    test(`no explanation is wrong after a text was changed to be about ${title}`, () => {
      const changed = allTexts
        .filter((text) => change(text) !== text)
        .map(change)
        .filter(Boolean);
      assert.ok(changed.length > 0);
      for (const text of changed) assert.equal(explain(text).filter(isWrong).map(row), [], text);
    });

  test('an error keeps its hop and address beside any other line in 99 % of cases', () => {
    const own = ({ hop, cause, address }: Explanation) => `${hop}; ${cause}; ${address}`;
    // Skips errors without a known hop, and `error trying to reach service`, because other lines decide their hop and address.
    const single = allTexts.filter((text) => {
      const [error, ...more] = explain(text);
      const isKnown =
        error !== undefined && error.component !== 'unknown' && error.hop !== 'unknown';
      const isLine = !/\n\s*\S|^\W|^error trying to reach service/.test(text);
      return isKnown && isLine && more.length === 0;
    });
    const others = [...single, ...foreignTexts.filter((text) => !text.includes('\n'))];
    let pairs = 0;
    const lost: string[] = [];
    for (const [index, first] of single.entries())
      for (let step = 1; step < others.length; step += sweeps ? 67 : 201) {
        const second = others[(index * 7 + step) % others.length] ?? '';
        const expected = [...explain(first), ...explain(second)];
        // `kubelet-cannot-reach-apiserver` may disappear if the other line gives the reason, because then the reason is explained.
        const isReason = (words: string) => words.startsWith('kubelet -> API server; ');
        // An error that is in both lines, with the same `who`, hop and cause, is explained once.
        const same = (one: Explanation, other: Explanation) => place(one) === place(other);
        for (const text of [`${first}\n${second}`, `${second}\n${first}`]) {
          const found = explain(text).map(own);
          const isKept = expected.every(
            (error) =>
              expected.some((other) => same(other, error) && found.includes(own(other))) ||
              (error.cause === 'kubelet-cannot-reach-apiserver' && found.some(isReason)) ||
              entryOf(error.cause).isLesser === true,
          );
          if (!isKept) lost.push(text);
          pairs += 1;
        }
      }
    assert.ok(pairs > 500 && lost.length < pairs / 100, lost.join('\n\n'));
  });
});

suite('the fix of an error is for its own hop', (test) => {
  const explanations = allTexts.flatMap((text) => explain(text));
  const holds = (
    title: string,
    whose: (explanation: Explanation) => boolean,
    check: (words: string, explanation: Explanation) => boolean,
  ) =>
    test(title, () => {
      const chosen = explanations.filter(whose);
      assert.ok(chosen.length > 0);
      for (const explanation of chosen) {
        const words = [explanation.remedy, ...explanation.commands].join('\n');
        assert.ok(check(words, explanation), `${JSON.stringify(explanation)}`);
      }
    });
  const pairOfKubeletClient = /kubeletaccess grant(?! .*--subject| --dry-run)/;
  const clients = /(?:user[=:])(?:kubernetes|kube-apiserver\S*|system:kube-apiserver)\b/i;

  holds(
    'the fix never names the kubelet client if the API server denies a caller',
    ({ hop, cause }) => hop === 'caller-to-apiserver' && cause === 'forbidden',
    (words) => !pairOfKubeletClient.test(words) && !clients.test(words),
  );
  holds(
    'the fix never grants anything to the kubelet client if a kubelet denies a caller',
    ({ hop }) => hop === 'caller-to-kubelet',
    (words) => !pairOfKubeletClient.test(words) && !clients.test(words),
  );
  holds(
    'the fix never grants anything to a caller if a kubelet denies kube-apiserver',
    ({ hop }) => hop === 'apiserver-to-kubelet',
    (words) => !/--subject|--serviceaccount/.test(words),
  );
  holds(
    'the fix of an error that is not a denial names no missing permission',
    ({ cause }) => cause !== 'forbidden',
    (words, { missingRule }) =>
      missingRule === undefined && !/\bgrant\b|create (?:cluster)?role/.test(words),
  );
  holds(
    'the fix never restarts the kubelet or approves a CSR if a server other than the kubelet fails',
    (explanation) =>
      !toKubelet(explanation) &&
      explanation.hop !== 'kubelet-to-apiserver' &&
      explanation.hop !== 'none' &&
      explanation.cause !== 'container-runtime-not-ready' &&
      explanation.hop !== 'unknown',
    (words) =>
      !/restart the kubelet|start the kubelet|systemctl|certificate approve|KubeletConfiguration/.test(
        words,
      ),
  );
  holds(
    'the fix names port 10250 and never restarts the kubelet if the read-only port fails',
    // Skips errors of kubeadm, because it used port 10255 to wait for the kubelet. The fix for them is not port 10250.
    ({ address = '', cause }) => address.endsWith(':10255') && cause !== 'kubelet-does-not-start',
    (words) => !/restart|systemctl|start the kubelet/.test(words) && words.includes('10250'),
  );
  holds(
    'the fix grants nothing if the denied user has an empty name',
    ({ identity }) => identity === '',
    (words, { missingRule }) =>
      missingRule === undefined &&
      !/kubeletaccess grant|create clusterrole|user:(?:\s|$)/.test(words),
  );
  holds(
    'the fix grants nothing if an aggregated API server denies kube-apiserver',
    ({ hop }) => hop === 'apiserver-to-aggregated-api',
    (words, { missingRule }) => missingRule === undefined && !/clusterrole/.test(words),
  );
});
