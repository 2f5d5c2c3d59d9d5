import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { transformSync } from 'esbuild';
import * as assert from 'uvu/assert';
import { root } from '../scripts/paths.ts';
import { renderHelp } from '../src/cli/help.ts';
import { catalog } from '../src/run.ts';
import { suite } from './kit/suite.ts';

/** Phrases that are hard to understand, and what to write instead. */
const banned: readonly (readonly [phrase: RegExp, instead: string])[] = [
  [/(?<!\bthere )\bis none of\b/, 'must be "a", "b" or "c"'],
  [/(?<!\bthere )\bis (?:no|neither|nobody|none) (?!longer)[a-z]+/, 'is not a'],
  [/\bno time at all\b/, 'must be greater than 0'],
  [/\b(?:lest|anew|thereof|wherefore|albeit|hitherto|meanwhile)\b/i, 'a plain word'],
  [/\b[Ww]hoever\b|["'`. ]Who (?:may|has|verifies|does|reads|gives)\b/, 'any user that'],
  [/\bbe (?:it|they|you|he|she) \w+ or not\b|\bthough \w+ be\b/, 'even if'],
  [/\bgo(?:es)? on (?:\w+ing)\b/, 'kubelets cache denials, keep allowing'],
  [/\bwho is [^"'`]{1,20} to (?:them|kubelets)\b/, 'authenticates to kubelets as'],
  [/\bnot to be (?:told|seen|known|reached)\b/, 'unknown'],
  [/\blook(?:ed|s|ing)? (?:at|again)\b(?!["'`])/i, 'check'],
  [/(?<!["'`])\bnot known\b(?! to be)|\bnot known\b(?!["'`]| to be)/i, 'unknown'],
  [/\b(?:is|are|was|be|been|has|have|had|not) told\b|\bis said\b/, 'is printed, reports, learns'],
  [
    /\bjust so\b|\ball the same\b|\bif you mean it\b|\bthat is how you want it\b/,
    're-run with --force',
  ],
  [/\bat odds\b|\bin the way of\b|\bso as to\b/, 'a plain phrase'],
  [
    /\b(?:a|an|the|no|your|own|that|which|their|whose|this) rights?\b(?! (?:place|time))/i,
    'permission',
  ],
  [/\b(?:time|grant|it|that|which|what|for) is over\b|\band is over\b/, 'has expired'],
  [/\bsomebody\b/i, 'another user, another program'],
  [/\b(?:that|those) of\b/, "kube-apiserver's, belongs to, or the noun again"],
  [/\bbehind (?:the|its|their|each) (?:names?|nodes?|label|value)\b/, 'prefixed with, after'],
  [/\bso (?:many|few) [a-z]+\b/, 'N days, the first N rows'],
  [/\bas (?:it|they) c[ao]mes?\b/, 'unchanged'],
  [/\b(?<!not )in all\b(?= and|[.,;:])/, 'total'],
  [/\bwhat [a-z]+ (?:has|have|is|are) none\b/i, 'a noun'],
  [
    /\b\w*(?:colour|behaviour|honour|favour|neighbour|catalogue|licence|abell(?:ed|ing)|ancell(?:ed|ing)|ravell(?:ed|ing)|(?:recogn|author|organ|initial|normal|summar|serial|optim|minim|custom)is(?:e|ed|es|er|ing|ation)\b)\w*/i,
    'US spelling',
  ],
];

/** Other words for what has one name in help and reference. */
const synonyms: readonly (readonly [word: RegExp, instead: string])[] = [
  [/\bdirector(?:y|ies)\b/i, 'folder'],
  [/\bpairs?\b/i, 'role and binding'],
  [/\bSubjectAccessReviews?\b/, 'access review'],
  [/\bthumbprint\b/i, 'fingerprint'],
];

/**
 * Returns the code of a file without comments. Identifiers contain no banned phrase, so each match is in a text that the program prints.
 */
function textsOf(path: string): string {
  const options = { loader: 'ts', minifyWhitespace: true, legalComments: 'none' } as const;
  return transformSync(readFileSync(path, 'utf8'), options).code;
}

/** Returns the banned phrases in a text, each with its context. */
function bannedIn(text: string, phrases = banned): readonly string[] {
  return phrases.flatMap(([phrase, instead]) =>
    [...text.matchAll(new RegExp(phrase, `g${phrase.flags}`))].map(
      ({ 0: words, index }) =>
        `"…${text.slice(Math.max(0, index - 50), index + words.length + 30)}…": ${words} → ${instead}`,
    ),
  );
}

/** Pages, including generated pages. Their code blocks come from the program, so they are not checked. */
const written = [
  'README.md',
  ...globSync('docs/**/*.md', { cwd: root, exclude: ['docs/ja/**'] }).sort(),
];

/** Files whose comments and descriptions are checked as well. */
const files = globSync(['docs/*.yaml', 'docs/schemas/*.json'], { cwd: root }).sort();

function proseOf(path: string): string {
  return readFileSync(join(root, path), 'utf8')
    .replaceAll(/```.*?```/gs, '')
    .replaceAll(/\s+(?=\S)/g, (space) => (/\n\s*\n/.test(space) ? '\n\n' : ' '));
}

suite('only plain words', (test) => {
  for (const path of globSync('src/**/*.ts', { cwd: root }).sort())
    test(`are printed by ${path}`, () => {
      assert.equal(bannedIn(textsOf(join(root, path))), []);
    });

  for (const path of [...written, ...files])
    test(`are in ${path}`, () => {
      assert.equal(bannedIn(proseOf(path)), []);
    });
});

const sentences = (paragraph: string) => paragraph.match(/[.?!]["'`)]*(?=\s|$)/g)?.length ?? 0;

suite('one word for one thing', (test) => {
  test('is in help', async () => {
    for (const definition of await catalog.all())
      assert.equal(bannedIn(renderHelp(definition), synonyms), [], definition.name);
  });

  test('is in docs/reference/commands.md', () =>
    assert.equal(bannedIn(proseOf('docs/reference/commands.md'), synonyms), []));
});

suite('paragraphs', (test) => {
  test('have at most three sentences in help', async () => {
    const long = (await catalog.all()).flatMap(({ description }) =>
      description.split('\n\n').filter((paragraph) => sentences(paragraph) > 3),
    );
    assert.equal(long, []);
  });

  test('have at most three sentences at the beginning of pages and sections', () => {
    const isProse = (paragraph = '') => !/^(?:[#|-]|\d\.|<!--|$)/.test(paragraph);
    const long = written.flatMap((path) => {
      const [intro = '', ...sections] = proseOf(path).split(/\n\n(?=#{2,} )/);
      const paragraphs = [
        ...intro.split('\n\n'),
        ...sections.map((section) => section.split('\n\n')[1]),
      ];
      return paragraphs
        .filter((each) => each !== undefined && isProse(each) && sentences(each) > 3)
        .map((each) => `${path}: ${each}`);
    });
    assert.equal(long, []);
  });
});

suite('advice', (test) => {
  test('offers nodes/proxy only to the kubelet client', () => {
    const advising = globSync('src/**/*.ts', { cwd: root })
      .filter((path) => /--allow-exec/.test(textsOf(join(root, path))))
      .sort();
    assert.equal(advising, [
      // The help of these commands describes --allow-exec.
      'src/commands/attach/command.ts',
      'src/commands/exec/command.ts',
      'src/commands/grant/command.ts',
      // These files give advice about the kubelet client, or about subjects that already have the permission.
      'src/commands/grant/find-grantee.ts',
      'src/commands/port-forward/command.ts',
      'src/commands/shared/stream/allow-exec.ts',
      'src/commands/shared/stream/stream-command.ts',
      'src/kube/kubelet-client/learn-identity.ts',
    ]);
  });
});
