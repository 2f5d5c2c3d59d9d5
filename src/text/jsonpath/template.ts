/** A parsed template of kubectl's `-o jsonpath`: literal texts and actions in braces. Source: k8s.io/client-go/util/jsonpath, node.go. */
export type Template = readonly TemplateNode[];

/** The values that a node of a template found. */
export type Found = readonly unknown[];

/** Takes the values of the node before it, and returns the values that it finds in them. Throws a TemplateError. */
export type TemplateNode = (values: Found, ranges: Ranges) => Found;

/** Counters of `range` and `end` while a template is evaluated: the end of a range is found only by running its nodes. */
export interface Ranges {
  /** Number of ranges that the current node begins. */
  begins: number;
  /** Number of ranges around the current node. */
  depth: number;
  /** Number of ranges that the current node ends. */
  ends: number;
}

/** An error of parsing or evaluating a template, with kubectl's message. */
export class TemplateError extends Error {
  /** False when kubectl returns no value with the error: a filter without an operator then drops the item. */
  readonly hasValue: boolean;

  constructor(message: string, hasValue = true) {
    super(message);
    this.hasValue = hasValue;
  }
}
