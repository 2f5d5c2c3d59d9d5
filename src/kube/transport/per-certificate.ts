import type { ClientCertificate } from './tls.ts';
import type { Transport } from './transport.ts';

/** The transports to one server: connections belong to one certificate, and a plugin's next certificate needs new ones. */
export interface CertificateTransports {
  transportWith(clientCertificate: ClientCertificate | undefined): Transport;
  close(): void;
}

/** `open` is called once for each certificate, when it is first used. */
export function transportsByCertificate(
  open: CertificateTransports['transportWith'],
): CertificateTransports {
  const transports = new Map<ClientCertificate | undefined, Transport>();
  return {
    transportWith: (clientCertificate) => {
      const transport = transports.get(clientCertificate) ?? open(clientCertificate);
      transports.set(clientCertificate, transport);
      return transport;
    },
    close: () => {
      for (const transport of transports.values()) transport.close();
    },
  };
}
