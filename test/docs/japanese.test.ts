import { globSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import * as assert from 'uvu/assert';
import { docs } from '../../scripts/docs.ts';
import { root } from '../../scripts/paths.ts';
import { suite } from '../kit/suite.ts';

const pages = [join(root, 'README.ja.md'), ...globSync(join(docs, 'ja/*.md')).sort()];

/** Phrases that read as a literal translation, or that Kubernetes' Japanese documents spell differently, and their replacements. */
const banned: readonly (readonly [phrase: RegExp, instead: string])[] = [
  [/コンテナー/, 'コンテナ'],
  [/フォルダー?/, 'ディレクトリ'],
  [/ディレクトリー/, 'ディレクトリ'],
  [/(?:サーバ|ユーザ|クラスタ|メモリ|ブラウザ|コンピュータ)(?!ー)/, '語尾に「ー」'],
  [/それらが|対象とすべき|を突き止め、作成/, '対象のユーザー名を突き止め、その … を作成'],
  [/経路で確認し|足りないもの/, '経路でアクセスできるかを確認し、不足している権限を'],
  [/拒否しているユーザー|のために、/, '拒否されたユーザー向けに'],
  [/より少ない権限|期限を付け/, '必要最小限の権限、期限を記録'],
  [/オプションなしに|広がったり|取り除かれ/, '明示的に指定しない限り、… は行いません'],
  [/または期限切れのもの/, '期限切れのものだけに絞れます'],
  [/検証済みの TLS/, 'サーバー証明書を検証した TLS 接続'],
  [/エビクション|逼迫/, '退避(eviction)、圧迫'],
  [/既定|名前空間/, 'デフォルト、Namespace'],
  [/実行し、または|はコマンドのものです/, '実行したり …したりします、コマンドの値です'],
  [/黙って/, '気付かないうちに'],
  [/何によって検証|承認を待っているリクエスト/, 'どの CA で検証できるか、承認待ちの CSR'],
  [/ノードの失敗/, '一部のノードで失敗'],
  [/許可していたもの/, '許可したリクエスト'],
  [/ための実際の/, '本物の'],
  [/すべてのもの/, '… をまとめています'],
  [/フォルダーから|で、あるいは|アーカイブだけから/, '同じディレクトリの … を展開'],
  [/ことが可能|することができ/, 'できます'],
  [/、、|。。|です:|ます:|ません:/, '文は「。」で終える'],
];

const japanese = String.raw`[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}ー]`;

/** Returns the lines of a page without code blocks, comments and pictures. Inline code stays. */
function proseOf(page: string): readonly string[] {
  return page
    .replaceAll(/^```.*?^```$/gms, '\n')
    .replaceAll(/^(?:<!--.*-->|!\[.*\))$/gm, '')
    .split('\n');
}

/** Returns lines that continue a paragraph of the previous line. Lines that begin a block, such as list items, do not count. */
function brokenLines(page: string): readonly string[] {
  const lines = proseOf(page);
  const isText = (line = '') => line.trim() !== '' && !/^\s*(?:[-*>|#]|\d+\. )/.test(line);
  const goesOn = (line = '') => line.trim() !== '' && !/^\s*(?:>|\||#)/.test(line);
  return lines.filter((line, at) => isText(line) && goesOn(lines[at - 1]));
}

/** Returns sentences that are not in the polite form. Tables, headings and bold titles are not checked. */
function plainSentences(page: string): readonly string[] {
  return proseOf(page)
    .filter((line) => !/^\s*(?:\||#)/.test(line))
    .map((line) => line.replaceAll(/\*\*[^*]*。\*\*|\]\([^)]*\)|`[^`]*`/g, ''))
    .map((line) => line.replaceAll(/\([^()]*\)(?=。)/g, ''))
    .flatMap((line) => line.match(/[^。]+。/g) ?? [])
    .filter((sentence) => !/(?:です|ます|ません|でした|ました|ください)。$/.test(sentence));
}

/** Returns the text around each point where Japanese and Latin text meet without a space. Code and link targets are not checked. */
function crampedWords(page: string): readonly string[] {
  const cramped = new RegExp(`${japanese}[A-Za-z0-9\`]|[A-Za-z0-9%\`]${japanese}`, 'gu');
  return proseOf(page)
    .map((line) => line.replaceAll(/\]\([^)]*\)/g, ']').replaceAll(/`[^`]*`/g, '`'))
    .flatMap((line) =>
      [...line.matchAll(cramped)].map(({ index }) =>
        line.slice(Math.max(0, index - 10), index + 12),
      ),
    );
}

function englishOf(path: string): string {
  return path.endsWith('README.ja.md')
    ? join(root, 'README.md')
    : path.replace(join('docs', 'ja'), 'docs');
}

/** Returns the parts that a translation must not change: code blocks (except labels of diagrams), comments, heading levels, inline code. */
function codeOf(page: string): readonly (readonly string[])[] {
  const all = (pattern: RegExp) => [...page.matchAll(pattern)].map(([each]) => each);
  const blocks = all(/^```.*?^```/gms).map((block) =>
    block.startsWith('```mermaid') ? block.replaceAll(/"[^"]*"/g, '""') : block,
  );
  const inLines = proseOf(page).flatMap((line) => line.match(/`[^`]+`/g) ?? []);
  return [blocks, all(/<!-- .* -->/g), all(/^#+ /gm), [...new Set(inLines)].sort()];
}

/** Returns the path of the Japanese page that translates an English page; the same path if no page translates it. */
function japaneseOf(path: string): string {
  return pages.find((page) => englishOf(page) === path.replace(/#.*/, '')) ?? path;
}

/** Returns the link targets of a page after `inJapanese` replaced them. Links between the page and its translation are left out. */
function targetsOf(path: string, inJapanese: (target: string) => string): readonly string[] {
  return [...readFileSync(path, 'utf8').matchAll(/\]\(([^)]+)\)/g)]
    .map(([, link = '']) => (link.includes(':') ? link : resolve(dirname(path), link)))
    .filter((target) => target !== japaneseOf(path) && target !== englishOf(path))
    .map(inJapanese)
    .sort();
}

suite('Japanese pages', (test) => {
  for (const path of pages) {
    const name = path.slice(root.length + 1);
    const page = readFileSync(path, 'utf8');

    test(`${name} has the same code, links and sections as the English page`, () => {
      assert.equal(codeOf(page), codeOf(readFileSync(englishOf(path), 'utf8')));
      assert.equal(
        targetsOf(path, (target) => target),
        targetsOf(englishOf(path), japaneseOf),
      );
    });

    test(`${name} has each paragraph on one line, because browsers show a line break as a space`, () => {
      assert.equal(brokenLines(page), []);
    });

    test(`${name} has no phrase that Kubernetes' Japanese documents avoid`, () => {
      const found = banned.flatMap(([phrase, instead]) =>
        proseOf(page)
          .filter((line) => phrase.test(line))
          .map((line) => `${phrase.exec(line)} → ${instead}: ${line}`),
      );
      assert.equal(found, []);
    });

    test(`${name} ends its sentences in です and ます`, () => {
      assert.equal(plainSentences(page), []);
    });

    test(`${name} has a space between Japanese and Latin words`, () => {
      assert.equal(crampedWords(page), []);
    });
  }

  test('the check finds a line break within a sentence, but not between blocks', () => {
    assert.equal(brokenLines('kubelet を\n呼び出します。\n'), ['呼び出します。']);
    assert.equal(brokenLines('- kubelet を\n  呼び出します。\n'), ['  呼び出します。']);
    const whole =
      '# 見出し\n\n文です。\n\n| a |\n| - |\n- 項目です。\n- 項目です。\n\n```sh\na\nb\n```\n\n文です。\n';
    assert.equal(brokenLines(whole), []);
  });

  test('the check finds a sentence in the plain form', () => {
    assert.equal(plainSentences('使う。使います(例は `a` だ)。\n'), ['使う。']);
  });

  test('the check finds Japanese and Latin words without a space, also in code and links', () => {
    assert.equal(crampedWords('kubeletは'), ['kubeletは']);
    assert.equal(crampedWords('`kubelet`は'), ['`は']);
    assert.equal(crampedWords('は [kubelet](文.md)、`文` です。1 台'), []);
  });
});
