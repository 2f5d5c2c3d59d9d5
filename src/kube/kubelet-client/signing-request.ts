// Imported only if a CertificateSigningRequest is pending, because the libraries have 176 KB.
import { CertificationRequest } from '@peculiar/asn1-csr';
import { AsnConvert } from '@peculiar/asn1-schema';
import { Extensions, type Name, SubjectAlternativeName } from '@peculiar/asn1-x509';
import { attempt } from '../../attempt.ts';
import type { RequestedCertificate } from '../../kubelet/judge-request.ts';
import { parseIp } from '../transport/ip.ts';
import { keyKindOf } from './key-kind.ts';

/** Limit of a certificate signing request in base64 characters. Requests of kubelets have 1,000. */
const longestRequest = 64 * 1024;

const oids = {
  commonName: '2.5.4.3',
  organization: '2.5.4.10',
  extensions: '1.2.840.113549.1.9.14',
  subjectAltName: '2.5.29.17',
} as const;

/**
 * Parses `spec.request` of a CertificateSigningRequest, which is PEM in base64; undefined if it is not a certificate signing request.
 * Source: RFC 2986.
 */
export function parseSigningRequest(request: string): RequestedCertificate | undefined {
  if (request.length > longestRequest) return undefined;
  return attempt(() => {
    const pem = Buffer.from(request, 'base64').toString('latin1');
    const [, body = ''] =
      /-----BEGIN (?:NEW )?CERTIFICATE REQUEST-----([A-Za-z0-9+/=\s]+)-----END /.exec(pem) ?? [];
    const { certificationRequestInfo: info } = AsnConvert.parse(
      Buffer.from(body, 'base64'),
      CertificationRequest,
    );
    // Copied into a plain array, because the methods of the library's list class return its own lists.
    const extensions = [...info.attributes]
      .filter(({ type }) => type === oids.extensions)
      .flatMap(({ values }) =>
        values.flatMap((value) => AsnConvert.parse(value, Extensions)).flat(),
      );
    const names = extensions
      .filter(({ extnID }) => extnID === oids.subjectAltName)
      .flatMap(({ extnValue }) => [...AsnConvert.parse(extnValue, SubjectAlternativeName)]);
    return {
      commonNames: valuesOf(info.subject, oids.commonName),
      organizations: valuesOf(info.subject, oids.organization),
      dnsNames: names.flatMap(({ dNSName }) => dNSName ?? []),
      ips: names.flatMap(({ iPAddress: ip }) => (ip === undefined ? [] : (parseIp(ip) ?? ip))),
      otherNames: names.flatMap(({ dNSName, iPAddress, ...other }) =>
        dNSName === undefined && iPAddress === undefined ? describeOther(other) : [],
      ),
      otherExtensions: extensions
        .map(({ extnID }) => extnID)
        .filter((oid) => oid !== oids.subjectAltName),
      key: keyKindOf(Buffer.from(AsnConvert.serialize(info.subjectPKInfo))),
    };
  });
}

function valuesOf(name: Name, oid: string): readonly string[] {
  return [...name].flatMap((part) =>
    [...part].flatMap(({ type, value }) => (type === oid ? value.toString() : [])),
  );
}

function describeOther({
  rfc822Name,
  uniformResourceIdentifier,
}: {
  readonly rfc822Name?: string;
  readonly uniformResourceIdentifier?: string;
}): string {
  if (rfc822Name !== undefined) return `e-mail ${rfc822Name}`;
  if (uniformResourceIdentifier !== undefined) return `URI ${uniformResourceIdentifier}`;
  return 'a name of another kind';
}
