import { type Count, shortest } from './exact.ts';

const mostCharacters = 100;
const largest = 2n ** 63n - 1n;

const decimal = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'];
const binary = ['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

/**
 * Parses a resource.Quantity, such as 100Mi, 1.5G, 250m or 1e3, to an integer; if `places` is 3, to thousandths. As in Kubernetes,
 * rounds fractions up, and limits the quantity to 2^63 - 1. Undefined for negative quantities, which no resource has, and for other
 * text.
 * Source: https://github.com/kubernetes/apimachinery/blob/v0.37.2/pkg/api/resource/quantity.go
 */
export function parseQuantity(text: string, places = 0): Count | undefined {
  if (text.length > mostCharacters) return undefined;
  const match = /^\+?(\d*)(?:\.(\d*))?([numkMGTPE]?|[KMGTPE]i|[eE][+-]?\d+)$/.exec(text);
  if (!match) return undefined;
  const [, whole = '', fraction = '', suffix = ''] = match;
  if (whole + fraction === '') return undefined;
  const digits = BigInt(whole + fraction);
  const [factor, power] = scale(suffix);
  const exponent = power - fraction.length + places;
  if (digits === 0n) return 0;
  // Larger exponents than 200 give the largest value anyway, and smaller ones than -200 the smallest.
  const bounded = Math.max(-200, Math.min(200, exponent));
  const scaled = digits * factor;
  const size =
    bounded >= 0 ? scaled * 10n ** BigInt(bounded) : roundUp(scaled, 10n ** BigInt(-bounded));
  const most = largest * 10n ** BigInt(places);
  return shortest(size > most ? most : size);
}

function scale(suffix: string): readonly [factor: bigint, power: number] {
  const exponent = decimal.indexOf(suffix);
  if (exponent >= 0) return [1n, (exponent - decimal.indexOf('')) * 3];
  const shift = binary.indexOf(suffix);
  if (shift >= 0) return [1024n ** BigInt(shift + 1), 0];
  return [1n, Number(suffix.slice(1))];
}

function roundUp(value: bigint, divisor: bigint): bigint {
  return (value + divisor - 1n) / divisor;
}
