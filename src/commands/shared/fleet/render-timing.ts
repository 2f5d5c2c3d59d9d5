/** Durations of the stages of a request, in ms; see kube/transport/transport.ts. */
export interface Timing {
  /** @asType integer */
  readonly dnsMs: number;
  /** @asType integer */
  readonly connectMs: number;
  /** @asType integer */
  readonly tlsMs: number;
  /** @asType integer */
  readonly firstByteMs: number;
}

/** Renders `dns 0ms  connect 1ms  tls 6ms  first byte 5ms  total 14ms`. The total includes the body. */
export function renderTiming(timing: Timing, totalMs: number): string {
  const { dnsMs, connectMs, tlsMs, firstByteMs } = timing;
  return Object.entries({
    dns: dnsMs,
    connect: connectMs,
    tls: tlsMs,
    'first byte': firstByteMs,
    total: totalMs,
  })
    .map(([stage, ms]) => `${stage} ${Math.round(ms)}ms`)
    .join('  ');
}

export function roundTiming({ dnsMs, connectMs, tlsMs, firstByteMs }: Timing): Timing {
  return {
    dnsMs: Math.round(dnsMs),
    connectMs: Math.round(connectMs),
    tlsMs: Math.round(tlsMs),
    firstByteMs: Math.round(firstByteMs),
  };
}
