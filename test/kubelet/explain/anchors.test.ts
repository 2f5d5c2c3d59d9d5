import { type AST, RegExpParser, visitRegExpAST } from '@eslint-community/regexpp';
import * as assert from 'uvu/assert';
import { causes } from '../../../src/kubelet/causes/all-causes.ts';
import { entryOf } from '../../../src/kubelet/causes/causes.ts';
import { mayFail } from '../../../src/kubelet/explain/split-messages.ts';
import { fc } from '../../kit/fast-check.ts';
import { runs } from '../../kit/random.ts';
import { suite } from '../../kit/suite.ts';

/** Words that only this program writes. They need no anchor word, because its message begins with the anchor `cannot reach the`. */
const own = new Set([': name does not resolve']);

interface Form {
  readonly cause: string;
  /** The whole pattern; `alternative` is one of its alternatives. */
  readonly pattern: RegExp;
  readonly alternative: string;
}

const parser = new RegExpParser();

const forms: readonly Form[] = causes.flatMap((cause) => {
  const { texts, responses } = entryOf(cause);
  return [...texts, ...responses].flatMap(({ text: pattern }) =>
    pattern
      ? parser.parsePattern(pattern.source).alternatives.map((alternative) => ({
          ...{ cause, pattern, alternative: withoutAssertions(alternative) },
        }))
      : [],
  );
});

/** Returns the alternative without lookarounds and other assertions, so that fast-check can generate matching texts. */
function withoutAssertions(alternative: AST.Alternative): string {
  let text = alternative.raw;
  const cuts: AST.Assertion[] = [];
  visitRegExpAST(alternative, {
    onAssertionEnter: (assertion) => {
      if (cuts.every(({ end }) => end <= assertion.start)) cuts.push(assertion);
    },
  });
  for (const { start, end } of cuts.reverse())
    text = text.slice(0, start - alternative.start) + text.slice(end - alternative.start);
  return text;
}

suite('anchor words of explained errors', (test) => {
  test('are in every text that a pattern of a cause matches', () => {
    let tried = 0;
    const missed = forms.flatMap(({ cause, pattern, alternative }) => {
      const matching = fc
        .sample(fc.stringMatching(new RegExp(alternative)), runs(5, 500))
        .flatMap((words) => [words, ` ${words} `])
        .filter((words) => pattern.test(words));
      if (matching.length > 0) tried += 1;
      const without = own.has(alternative) ? [] : matching.filter((words) => !mayFail(words));
      return without.length > 0 ? [`${cause}: ${alternative}: ${JSON.stringify(without[0])}`] : [];
    });
    assert.equal(missed, [], 'anchors of the cause lack them');
    assert.ok(tried > 0.9 * forms.length, `${tried} of ${forms.length}`);
  });
});
