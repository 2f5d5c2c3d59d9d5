import { Command, Option } from 'clipanion';
import { paintOf } from '../../cli/color.ts';
import { describe } from '../../cli/command-definition.ts';
import { completing } from '../../cli/option.ts';
import { outputOption, parseFormat } from '../../cli/output.ts';
import { isTerminal } from '../../cli/write-output.ts';
import type { Context } from '../../context.ts';
import { exitCodeOf, exitCodes, Failure, UsageFailure } from '../../errors.ts';
import { pathExists, readInput } from '../../kube/files/read-file.ts';
import { readStdin } from '../../kube/files/read-stdin.ts';
import { explain } from '../../kubelet/explain/explain.ts';
import { nearest } from '../../text/nearest.ts';
import { objectFormats, renderObjects } from '../../text/render-report.ts';
import type { Section } from '../../text/shown.ts';
import { findPage, findRules, pageCandidates } from './page.ts';
import {
  type Explained,
  explanationObjects,
  renderUnknownWord,
  renderUnrecognized,
  shownExplained,
  shownPage,
  shownRules,
} from './shown.ts';

/** The longest input, in bytes; the rest is not read. */
const longestText = 1_000_000;

interface TextInput {
  /** The name of the file; absent for standard input and for text in arguments. */
  readonly name?: string;
  readonly text: string;
}

/** Command `explain`, which needs no kubeconfig and opens no connection. */
export class ExplainCommand extends Command<Context> {
  static override paths = [['explain']];
  static override usage = describe({
    details:
      'Find kubelet errors in TEXT, files or standard input (-), and explain them.\n\nPrint who denied the request or what failed, on which hop, why, and what fixes it. The name of a cause (forbidden, no-route, untrusted-ca), or the id of an audit rule (KA403), describes it.',
    examples: [
      ['Explain what kubectl prints', 'kubectl logs web 2>&1 | kubectl kubeletaccess explain -'],
      [
        'Explain a pasted error',
        "kubectl kubeletaccess explain 'error: unable to upgrade connection: Unauthorized'",
      ],
      ['Explain the errors in log files', 'kubectl kubeletaccess explain kubelet.log'],
      ['Describe a cause', 'kubectl kubeletaccess explain no-route'],
      ['List the audit rules', 'kubectl kubeletaccess explain KA'],
      ['Describe an audit rule', 'kubectl kubeletaccess explain KA403'],
    ],
    exitCodes: [
      [0, 'an error was recognized and explained'],
      [3, 'no error was recognized'],
    ],
  });

  inputs = completing({ orFile: pageCandidates }, Option.Rest({ name: 'TEXT|FILE|-' }));
  output = outputOption(objectFormats);

  override async execute(): Promise<number> {
    const format = parseFormat(this.output, objectFormats);
    const { stdout, stderr } = this.context;
    const paint = paintOf({ globals: { color: 'never' }, context: this.context });
    const print = (objects: readonly object[], sections: readonly Section[]) =>
      stdout.write(renderObjects(objects, sections, format, paint));
    const name = this.inputs.join(' ');
    const rules = findRules(name);
    if (rules.length > 0) {
      print(rules, [shownRules(rules)]);
      stderr.write('hint: kubectl kubeletaccess explain RULE\n');
      return exitCodes.ok;
    }
    const page = findPage(name);
    if (page) {
      print([page], [shownPage(page)]);
      return exitCodes.ok;
    }
    const explained: Explained[] = (await this.read()).map(({ name, text }) => ({
      ...(name !== undefined && { file: name }),
      explanations: explain(text),
    }));
    const isExplained = explained.some(({ explanations }) => explanations.length > 0);
    const [word = '', ...others] = this.inputs;
    const isWord =
      others.length === 0 && explained[0]?.file === undefined && wordPattern.test(word);
    if (!isExplained && isWord) rejectWord(word);
    if (isExplained) print(explanationObjects(explained), shownExplained(explained));
    stderr.write(isWord && !isExplained ? renderUnknownWord(word) : renderUnrecognized(explained));
    return exitCodeOf({ isUnmet: !isExplained });
  }

  private async read(): Promise<readonly TextInput[]> {
    const { cwd } = this.context;
    const names = this.inputs.length === 0 ? ['-'] : this.inputs;
    if (names.every((name) => name.trim() === '')) throw noText();
    const others = names.filter((name) => name !== '-' && !pathExists(name, cwd));
    if (others.length === 0) return Promise.all(names.map((name) => this.readInput(name)));
    if (others.length < names.length)
      throw new UsageFailure(
        'explain accepts either files or one text: some arguments are not files',
        { hints: ['quote the text, or check the names of the files'] },
      );
    const [name = ''] = names;
    if (names.length === 1 && /^\.{0,2}\/\S*$/.test(name))
      throw new Failure(`cannot read file ${name}: no such file`);
    const text = names.join(' ');
    return [{ text: text.slice(0, longestText) }];
  }

  private async readInput(name: string): Promise<TextInput> {
    const { cwd, signal, stdin } = this.context;
    if (name !== '-')
      return {
        name,
        text: (await readInput('file', name, { cwd, signal }, longestText)).toString('utf8'),
      };
    if (this.inputs.length === 0 && isTerminal(stdin)) throw noText();
    const text = (await readStdin(stdin, signal, longestText)).toString('utf8');
    if (text.trim() === '') throw emptyInput();
    return { text };
  }
}

/** Text that looks like the name of a page or a file, or like a word of a table (`<unset>`). */
const wordPattern = /^[\w./<>-]{2,200}$/;

/** Throws if a single word looks like a misspelled cause or audit rule, or like the name of a missing file. */
function rejectWord(word: string): void {
  const names = pageCandidates().map(({ value }) => value);
  const near = nearest(word.toLowerCase(), names) ?? nearest(word.toUpperCase(), names);
  if (near !== undefined || /^ka\d+$/i.test(word))
    throw new UsageFailure(`no cause or audit rule is called "${word}"`, {
      hints:
        near === undefined
          ? ['docs/reference/audit-rules.md lists the rules']
          : [`did you mean: ${near}?`],
    });
  if (/[./]/.test(word)) throw new Failure(`cannot read file ${word}: no such file`);
}

function noText(): UsageFailure {
  return new UsageFailure('no text to explain', {
    hints: [
      'kubectl logs POD 2>&1 | kubectl kubeletaccess explain -',
      "kubectl kubeletaccess explain 'Error from server (Forbidden): …'",
    ],
  });
}

/** Errors are written to standard error, which a pipe without `2>&1` leaves on the terminal. */
function emptyInput(): UsageFailure {
  return new UsageFailure('no text to explain: standard input is empty', {
    hints: [
      'the command before the pipe printed nothing; put 2>&1 before the pipe to pipe its errors too',
    ],
  });
}
