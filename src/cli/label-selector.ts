import { UsageFailure } from '../errors.ts';

type Labels = Readonly<Record<string, string>>;

export type LabelSelector = (labels: Labels) => boolean;

const key = String.raw`(?:[\w.-]{1,253}/)?[\w.-]{1,63}`;
const value = String.raw`[\w.-]{0,63}`;

/** One requirement of a selector, as kubectl parses -l. Source: apimachinery/pkg/labels/selector.go */
const requirement = new RegExp(
  `^\\s*(?:(?<absent>!)\\s*(?<missing>${key})|(?<key>${key})(?:` +
    `\\s*(?<operator>==?|!=|>|<)\\s*(?<value>${value})|` +
    `\\s+(?<set>in|notin)\\s*\\((?<values>[^()]*)\\))?)\\s*$`,
);

export function parseLabelSelector(flag: string, text: string): LabelSelector {
  const requirements = splitRequirements(text).map((part) => parseRequirement(flag, text, part));
  return (labels) => requirements.every((matches) => matches(labels));
}

/** Splits at commas, but not at commas in parentheses, which separate values. */
function splitRequirements(text: string): readonly string[] {
  const parts: string[] = [];
  let start = 0;
  let isOpen = false;
  for (let index = 0; index < text.length; index += 1) {
    if (text[index] === '(') isOpen = true;
    else if (text[index] === ')') isOpen = false;
    else if (text[index] === ',' && !isOpen) {
      parts.push(text.slice(start, index));
      start = index + 1;
    }
  }
  return [...parts, text.slice(start)];
}

function parseRequirement(flag: string, text: string, part: string): LabelSelector {
  const groups = requirement.exec(part)?.groups;
  if (!groups) throw invalid(flag, text);
  const { missing, key: name = '', operator, value: wanted = '', set, values = '' } = groups;
  const has = (labels: Labels, each: string) => Object.hasOwn(labels, each);
  if (missing !== undefined) return (labels) => !has(labels, missing);
  if (set !== undefined) {
    const list = values.split(',').map((each) => each.trim());
    if (!list.every((each) => new RegExp(`^${value}$`).test(each))) throw invalid(flag, text);
    const isIn = (labels: Labels) => has(labels, name) && list.includes(labels[name] ?? '');
    return set === 'in' ? isIn : (labels) => !isIn(labels);
  }
  if (operator === undefined) return (labels) => has(labels, name);
  if (operator === '!=') return (labels) => labels[name] !== wanted;
  if (operator === '=' || operator === '==')
    return (labels) => has(labels, name) && labels[name] === wanted;
  if (!/^-?\d{1,15}$/.test(wanted)) throw invalid(flag, text);
  return (labels) => {
    const found = /^-?\d{1,15}$/.test(labels[name] ?? '') ? Number(labels[name]) : Number.NaN;
    return operator === '>' ? found > Number(wanted) : found < Number(wanted);
  };
}

function invalid(flag: string, text: string): UsageFailure {
  return new UsageFailure(
    `invalid ${flag} value "${text}": must be a label selector such as app=web,tier!=db`,
  );
}
