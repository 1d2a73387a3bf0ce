// A certificate that signs itself, made anew for each endpoint, so that a page's requests to an https address can be answered on loopback. Nobody
// trusts it but a browser that was told its key: Node can make keys but no certificates, so it is written here in DER (RFC 5280).

import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';

/** A private key and its certificate, in PEM. */
export interface Certificate {
  key: string;
  cert: string;
  /** The SHA-256 hash of the public key, in base64, by which a browser is told to accept the certificate. */
  keyHash: string;
}

const day = 86_400_000;

/** Makes a certificate that is valid for a week. */
export function createCertificate(): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const publicBytes = publicKey.export({ type: 'spki', format: 'der' });
  const name = sequence(set(sequence(objectID('550403'), der(0x0c, Buffer.from('throughline test endpoint')))));
  const algorithm = sequence(objectID('2a8648ce3d040302')); // ecdsa-with-SHA256
  const serial = randomBytes(8);
  serial[0] = 1; // Positive, and not shorter than it seems.
  const signed = sequence(
    der(0x02, serial),
    algorithm,
    name,
    sequence(time(Date.now() - day), time(Date.now() + 7 * day)),
    name,
    publicBytes,
  );
  const signature = sign('sha256', signed, privateKey);
  const certificate = sequence(signed, algorithm, der(0x03, Buffer.concat([Buffer.from([0]), signature])));
  const lines = certificate.toString('base64').replace(/.{64}/g, '$&\n');
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
    keyHash: createHash('sha256').update(publicBytes).digest('base64'),
  };
}

function der(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

const sequence = (...parts: Buffer[]) => der(0x30, Buffer.concat(parts));
const set = (...parts: Buffer[]) => der(0x31, Buffer.concat(parts));
const objectID = (hex: string) => der(0x06, Buffer.from(hex, 'hex'));

// UTCTime, such as 260102030405Z.
const time = (at: number) => der(0x17, Buffer.from(`${new Date(at).toISOString().slice(2, 19).replace(/\D/g, '')}Z`));
