import { execFileSync, spawnSync } from 'node:child_process';
import * as assert from 'uvu/assert';
import { commandLine, lineOf, options, placeholder } from '../../src/text/command.ts';
import { suite } from '../kit/suite.ts';

const dashed = ['--all', '-A', '--v;id', '-'];
const unseen = ['a\nb', 'a\tb', '\u001b[31m', 'admin\u3164', 'a\u202eb', 'x'.repeat(1_001)];
const hostile = [
  ...[
    'jane doe',
    'jane$(id)',
    'jane`id`',
    "a'; id; '",
    'b&calc',
    'a"b',
    'a|b',
    'a>b',
    'a\\b',
    'a\\',
  ],
  ...[
    '$IFS$9',
    '%PATH%',
    'a!b',
    '=ls',
    '~root',
    '#x',
    '*',
    '{a,b}',
    'a;b',
    '!!',
    '',
    ' ',
    "''",
    '“x”',
  ],
  ...['@args', '(id)', 'a,b', 'ｅ＝１'],
];

/**
 * Returns a command that has the name in several positions: as a word, after an option, as the value of an option, after a prefix, and
 * in a list.
 */
function line(name: string, platform: string): string {
  const text = ['kubectl get role ', ' -n ', ' --user=', ' pod/', ' --x ', ' -o yaml'];
  return lineOf(text, [name, name, name, name, [name, 'node-1']], platform);
}

function wordsOf(name: string, alone = name): readonly string[] {
  const [, ...words] = ['kubectl', 'get', 'role', alone, '-n', alone, `--user=${name}`];
  return [...words, `pod/${name}`, '--x', alone, 'node-1', '-o', 'yaml'];
}

/** Returns the arguments that a shell passes to the commands of several lines. */
function parsed(shell: string, lines: readonly string[]): readonly (readonly string[])[] {
  const body = (all: string) => `printf '%s\\0' ${all}; printf '\\001\\0'`;
  const own =
    shell === 'fish' ? `function kubectl; ${body('$argv')}; end` : `kubectl() { ${body('"$@"')}; }`;
  const script = `${own}\n${lines.join('\n')}\n`;
  const out = execFileSync(shell, ['-c', script], { encoding: 'utf8' });
  return out
    .split('\u0001\0')
    .slice(0, -1)
    .map((each) => each.split('\0').slice(0, -1));
}

/** Splits a line into words; fails for characters that PowerShell or cmd.exe would not take literally. */
function parsedOnWindows(text: string): readonly string[] {
  const [, ...words] = [...text.matchAll(/"([^"]*)"|(\S+)/g)].map(([whole, quoted, bare]) => {
    const isPlain = quoted === undefined ? /^[\w+=:./\\-]+$/ : /^[^"$`%!“”„\n\t]*(?<!\\)$/;
    assert.match(quoted ?? bare ?? '', isPlain, whole);
    return quoted ?? bare ?? '';
  });
  return words;
}

suite('a printed command', (test) => {
  for (const shell of ['bash', 'zsh', 'fish']) {
    const title = `has every name as one word in ${shell}`;
    if (spawnSync(shell, ['-c', 'true']).status !== 0) {
      test.skip(title, `there is no ${shell}`);
      continue;
    }
    test(title, () => {
      const lines = hostile.map((name) => line(name, 'linux'));
      assert.equal(
        parsed(shell, lines),
        hostile.map((name) => wordsOf(name)),
      );
      for (const each of lines) assert.match(each, /^[ -~“”ｅ＝１]+$/);
    });
  }

  test('has the placeholder NAME/ in place of a name that would be read as an option', () => {
    const lines = dashed.map((name) => line(name, 'linux'));
    assert.equal(
      parsed('bash', lines),
      dashed.map((name) => wordsOf(name, placeholder)),
    );
  });

  test('has the placeholder NAME/ for a name that is very long or has invisible characters', () => {
    const lines = unseen.map((name) => line(name, 'linux'));
    assert.equal(
      parsed('bash', lines),
      unseen.map(() => wordsOf(placeholder)),
    );
  });

  test('has the placeholder NAME/ on Windows for words that PowerShell and cmd.exe would read differently', () => {
    for (const name of [
      ...hostile,
      ...dashed,
      ...unseen,
      'node-1',
      'system:node:a',
      'C:\\x y\\z',
    ]) {
      const words = parsedOnWindows(line(name, 'win32'));
      const isTyped = words[2] !== placeholder;
      const inValue = words[5] === '--user=NAME/' ? placeholder : name;
      assert.equal(words, wordsOf(inValue, isTyped ? name : placeholder), name);
    }
  });

  test('has a name with & in double quotes on Windows', () =>
    assert.match(
      line('b&calc', 'win32'),
      'role "b&calc" -n "b&calc" "--user=b&calc" "pod/b&calc"',
    ));

  test('has no word and no double space for an empty list', () => {
    assert.is(lineOf(['status ', ' ', ' -o yaml'], [[], options([])], 'linux'), 'status -o yaml');
    assert.is(lineOf(['status ', ''], [[]], 'linux'), 'status');
  });

  test('keeps options if it is made only of trusted words', () =>
    assert.is(commandLine(['kubectl', 'get', '-A', 'a b'], 'linux'), "kubectl get -A 'a b'"));
});
